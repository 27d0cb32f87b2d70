// What an operation asks of Redis: how often it waits, how many commands it sends, and how long a sync takes behind a far one.
import type { App } from './apps.ts'
import { median } from './numbers.ts'
import { startRelay } from './relay.ts'
import type { Scene } from './scene.ts'
import { createVisitor, establish } from './visitor.ts'

/** ms that every command is late. Far more than anything else an operation takes. */
const LATE_MS = 40
const TRIES = 5
/** A store in the next building. */
const FAR_MS = 1
const FAR_SYNCS = 300

export type RoundTrips = Awaited<ReturnType<typeof roundTrips>>

/** Sequential round trips and commands sent, of a warm sync and of a dance; and ms of a sync, one at a time, 1 ms from Redis. */
export async function roundTrips(scene: Scene, app: App) {
  const relay = await startRelay(scene.redisPort)
  const run = await scene.startApp(app, { redis: `redis://127.0.0.1:${relay.port}` })
  try {
    const [visitor] = await establish(run.site, 1)
    const sync = async () => visitor?.sync()
    await sync()
    const count = async (operation: () => Promise<unknown>) => {
      relay.lateMs = 0
      const earlier = relay.commands
      const near = median(await times(operation, TRIES))
      const sent = (relay.commands - earlier) / TRIES
      relay.lateMs = LATE_MS
      const far = median(await times(operation, TRIES))
      return { waits: Math.round((far - near) / LATE_MS), sent }
    }
    const warm = await count(sync)
    const dance = await count(() => createVisitor(run.site).dance())
    relay.lateMs = FAR_MS
    const farMs = median(await times(sync, FAR_SYNCS))
    return { warm, dance, farMs }
  } finally {
    await run.stop()
    await relay.stop()
  }
}

async function times(operation: () => Promise<unknown>, count: number): Promise<number[]> {
  const times: number[] = []
  for (let tries = 0; tries < count; tries++) {
    const began = performance.now()
    await operation()
    times.push(performance.now() - began)
  }
  return times
}
