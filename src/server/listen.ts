// The HTTP server: its limits for slow and large clients, listening, and stopping in good order.
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** ms for requests under way after the signal to stop: container runtimes kill after 10 s, and the rest takes some. */
const GRACE_MS = 6_500

/** ms after which a slow client is let go; idle connections outlive a load balancer's usual 60 s. */
const SLOW_CLIENTS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 2_000,
}

/** ms without a byte either way, after which a client that does not read its response is let go. */
const SILENT_MS = 60_000

/** Pipelined requests that may wait for those before them, of all connections together; some 50 MB. */
const WAITING_MOST = 20_000

/** Something a person at a terminal can mend; shown without a stack. */
export class StartError extends Error {}

/** `drain`: seconds a load balancer may still send requests after the stop signal. */
interface Where {
  host: string
  port: number
  drain: number
}

/** Listens. `stop` drains, lets requests under way end (6.5 s), closes, and says how many it cut off. @throws StartError */
export async function listen(app: RequestListener, { host, port, drain }: Where) {
  const server = createServer(SLOW_CLIENTS, inTurn(app))
  server.timeout = SILENT_MS
  let stopping = false
  let underWay = 0
  server.prependListener('request', (_req, res) => {
    if (stopping) res.setHeader('Connection', 'close')
    underWay += 1
    res.once('close', () => {
      underWay -= 1
    })
  })
  server.listen(port, host)
  await once(server, 'listening').catch((error: unknown) => {
    throw new StartError(addressFault(error, host, port))
  })
  return {
    underWay: () => underWay,
    async stop(): Promise<number> {
      stopping = true
      let cutOff = 0
      await wait(drain * 1000)
      const closed = once(server, 'close')
      server.close()
      const idle = setInterval(() => server.closeIdleConnections(), 100)
      const deadline = setTimeout(() => {
        cutOff = underWay
        server.closeAllConnections()
      }, GRACE_MS)
      await closed
      clearInterval(idle)
      clearTimeout(deadline)
      return cutOff
    },
  }
}

/** Takes pipelined requests one after the other, so that responses nobody reads do not pile up. No browser pipelines. */
function inTurn(app: RequestListener): RequestListener {
  const lines = new WeakMap<Socket, { last: ServerResponse; waiting: number }>()
  let inAll = 0
  return (req, res) => {
    const { socket } = req
    const line = lines.get(socket)
    if (!line) {
      const made = { last: res, waiting: 0 }
      lines.set(socket, made)
      socket.once('close', () => {
        inAll -= made.waiting
      })
      return app(req, res)
    }
    const before = line.last
    line.last = res
    if (before.writableFinished) return app(req, res)
    if (line.waiting > 0 && inAll >= WAITING_MOST) return socket.destroy()
    line.waiting += 1
    inAll += 1
    before.once('close', () => {
      if (socket.destroyed) return
      line.waiting -= 1
      inAll -= 1
      app(req, res)
    })
  }
}

export function addressFault(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const isHost = /ENOTFOUND|EAI_AGAIN|EADDRNOTAVAIL|EINVAL/.test(code)
  return isHost ? `HOST: ${host} is no address of this machine` : listenFault(error, 'PORT', port)
}

export function listenFault(error: unknown, setting: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return `${setting}: port ${port} is taken. Stop what uses it, or set ${setting} to another.`
  if (code === 'EACCES')
    return `${setting}: port ${port} is not allowed to this user. Set ${setting} to one above 1023.`
  return `${setting}: ${error instanceof Error ? error.message : 'cannot listen'}`
}
