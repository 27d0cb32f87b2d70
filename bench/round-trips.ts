// How often an operation waits for Redis, one wait after another: told by how much later it ends when Redis is far away.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { App } from './apps.ts'
import { median } from './numbers.ts'
import type { Scene } from './scene.ts'
import { createVisitor, establish } from './visitor.ts'

/** ms that every command is late. Far more than anything else an operation takes. */
const LATE_MS = 40
const TRIES = 5

/** Sequential round trips to Redis of a warm sync and of a dance. */
export async function roundTrips(scene: Scene, app: App) {
  const relay = await startRelay(scene.redisPort)
  const run = await scene.startApp(app, { redis: `redis://127.0.0.1:${relay.port}` })
  try {
    const [visitor] = await establish(run.site, 1)
    await visitor?.sync()
    const count = async (operation: () => Promise<unknown>) => {
      relay.lateMs = 0
      const near = await timeOf(operation)
      relay.lateMs = LATE_MS
      return Math.round(((await timeOf(operation)) - near) / LATE_MS)
    }
    const warm = await count(async () => visitor?.sync())
    const dance = await count(() => createVisitor(run.site).dance())
    return { warm, dance }
  } finally {
    await run.stop()
    await relay.stop()
  }
}

async function timeOf(operation: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let tries = 0; tries < TRIES; tries++) {
    const began = performance.now()
    await operation()
    times.push(performance.now() - began)
  }
  return median(times)
}

/** Passes everything on; commands late, each by as much, so that what is sent together arrives together. */
async function startRelay(port: number) {
  const sockets = new Set<Socket>()
  const relay = { port: 0, lateMs: 0, stop }
  const server = createServer({ noDelay: true }, (client) => {
    const redis = connect({ port, host: '127.0.0.1', noDelay: true })
    for (const socket of [client, redis]) sockets.add(socket.on('error', () => {}))
    client.on('data', (piece) => void setTimeout(() => redis.write(piece), relay.lateMs))
    redis.on('data', (piece) => client.write(piece))
    client.on('close', () => redis.destroy())
    redis.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port from the kernel')
  relay.port = address.port
  return relay

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
}
