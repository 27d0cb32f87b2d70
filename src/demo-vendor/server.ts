// Starts "Acme Ads", the demo vendor: a stranger on the network that shares nothing with Campaign Sync.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createAcme } from './app.ts'
import { openDatabase } from './database.ts'

export type DemoVendorOptions = {
  host: string
  /** 0 takes any free port. */
  port: number
  /** Where people and apps find it, and what it calls itself in `iss`; default http://localhost:<port>. */
  publicUrl?: string | undefined
  clientId: string
  clientSecret: string
  redirectUris: string[]
  /** How long access lasts, in seconds; the control panel can change it. */
  tokenSeconds: number
  /** A path, or ':memory:'. */
  databaseFile: string
}

/** Starts Acme Ads. Rejects with the plain listen error, like EADDRINUSE, when it cannot have its port. */
export async function startDemoVendor(options: DemoVendorOptions) {
  const server = createServer()
  server.listen(options.port, options.host)
  await once(server, 'listening')
  const port = portOf(server)
  const url = options.publicUrl ?? `http://localhost:${port}`

  const stop = new AbortController()
  try {
    const db = openDatabase(options.databaseFile)
    server.on('request', createAcme(db, { ...options, publicUrl: url }, stop.signal))
    const close = async () => {
      stop.abort()
      await closeServer(server)
      db.close()
    }
    return { url, port, close }
  } catch (error) {
    await closeServer(server)
    throw error
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Acme Ads has no port')
  return address.port
}

/** Takes no more requests, gives those under way a second, then ends them. */
async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close')
  const deadline = setTimeout(() => server.closeAllConnections(), 1000)
  server.close()
  await closed
  clearTimeout(deadline)
}
