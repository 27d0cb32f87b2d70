// A server on 127.0.0.1, on a port of the kernel's choice unless one is named.
import { once } from 'node:events'
import type { Server } from 'node:net'

/** Listens, and gives the port. */
export async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port from the kernel')
  return address.port
}
