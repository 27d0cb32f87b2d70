// The even load of the soak, and the samples that are taken meanwhile.
import { setTimeout as wait } from 'node:timers/promises'
import { metricsToken } from './apps.ts'
import { exchange } from './http.ts'
import { openFiles, residentMb } from './machine.ts'
import { quantile } from './numbers.ts'
import type { RunningApp, Scene } from './scene.ts'

/** What is due beyond this many at once waits. */
const MOST_AT_ONCE = 128
const TICK_MS = 10

export interface Progress {
  minutes: number
  done: number
  errors: number
  /** ms, of the operations since the last look. */
  p50: number
  p99: number
}

interface PaceOptions {
  perSecond: number
  ms: number
  /** Between two looks. */
  everyMs: number
}

/** Starts operations evenly for so long, and waits for the last; `look` sees how far it is. */
export async function pace(
  operation: () => Promise<void>,
  { perSecond, ms, everyMs }: PaceOptions,
  look: (progress: Progress) => Promise<void>,
) {
  const began = performance.now()
  const tally = createTally(operation)
  const underWay = new Set<Promise<void>>()
  const looks: Promise<void>[] = []
  const lookAround = (now: number) => look({ minutes: now / 60_000, ...tally.latest() })
  let [started, lookAt] = [0, everyMs]

  for (let now = 0; now < ms; now = performance.now() - began) {
    for (; started < (now / 1000) * perSecond && underWay.size < MOST_AT_ONCE; started++) {
      const work = tally.one().finally(() => underWay.delete(work))
      underWay.add(work)
    }
    if (now >= lookAt) {
      lookAt += everyMs
      looks.push(lookAround(now))
    }
    await wait(TICK_MS)
  }
  await Promise.all([...underWay, ...looks])
  await lookAround(ms)
  return tally.sums()
}

function createTally(operation: () => Promise<void>) {
  let [done, errors, lastError] = [0, 0, '']
  let times: number[] = []
  return {
    async one(): Promise<void> {
      const from = performance.now()
      try {
        await operation()
        done += 1
        times.push(performance.now() - from)
      } catch (error) {
        errors += 1
        lastError = String(error)
      }
    },
    /** So far, and latencies since this was last asked. */
    latest() {
      const latest = times
      times = []
      return { done, errors, p50: quantile(latest, 0.5), p99: quantile(latest, 0.99) }
    },
    sums: () => ({ done, errors, lastError }),
  }
}

export type Sample = Awaited<ReturnType<typeof takeSample>>

/** How the app and its Redis stand; a full sample looks at every key. */
export async function takeSample(
  scene: Scene,
  { pid, origin }: RunningApp,
  progress: Progress,
  isFull: boolean,
) {
  const headers = { authorization: `Bearer ${metricsToken}` }
  const metrics = (await exchange(`${origin}/metrics`, { headers, keepBody: true })).body
  const heap = /^nodejs_heap_size_used_bytes (\S+)$/m.exec(metrics)?.[1]
  return {
    ...progress,
    kinds: isFull ? await scene.redis.kinds() : undefined,
    figures: {
      'RSS MB': residentMb(pid),
      'heap MB': Number(heap) / 2 ** 20,
      'open files': openFiles(pid),
      'Redis keys': await scene.redis.client.dbSize(),
      'Redis MB': await scene.redis.usedMb(),
    },
  }
}
