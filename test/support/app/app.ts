// The very app of src/app.ts, on a free port, in this process: its store and its logs are in reach of the test.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createApp } from '../../../src/app.ts'
import { changingVendors, readConfig } from '../../../src/config/config.ts'
import { createContext } from '../../../src/context.ts'
import { listen } from './listen.ts'
import { registerAt, type Setup } from './setup.ts'

export type TestApp = Awaited<ReturnType<typeof startApp>>

/**
 * Listens first and then reads the settings, so that PUBLIC_URL has the kernel's port. With `publicUrl` it is one of
 * several behind that address.
 */
export async function startApp(setup: Setup, publicUrl?: string) {
  // As src/server/listen.ts has it: a connection ends on the client's side first, however busy the machine is.
  const server = createServer({ keepAliveTimeout: 75_000 })
  const port = await listen(server)
  const url = publicUrl ?? `http://localhost:${port}`
  registerAt(setup.vendors, url)
  const environment = { ...setup.environment, PORT: String(port), PUBLIC_URL: url }
  const config = readConfig(environment)
  const lines: string[] = []
  const log = { write: (line: string) => void lines.push(line) }
  const context = await createContext(config, log, changingVendors(environment))
  server.on('request', createApp(context))
  let closed = false
  return {
    /** What people open. */
    url,
    /** This instance, whatever is in front of it. */
    origin: `http://127.0.0.1:${port}`,
    context,
    environment,
    isClosed: () => closed,
    /** The log so far, a line of JSON an event. */
    logs: () => lines.join(''),
    async close() {
      if (closed) return
      closed = true
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
      await context.close()
    },
  }
}
