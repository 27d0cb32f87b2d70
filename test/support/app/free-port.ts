// A free port of the kernel's choice that nobody else is given before it is used.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'

/**
 * A connection that its server ends first leaves the port waiting for a minute (TIME_WAIT): the kernel gives it to
 * nobody who asks for any port, and to a server that asks for this one.
 */
export async function freePort(): Promise<number> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).resume()
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(client, 'connect')])
  accepted.end()
  await once(client, 'end')
  client.end()
  await once(client, 'close')
  accepted.destroy()
  server.close()
  await once(server, 'close')
  return port
}
