// A closed loop: so many operations at once, each followed by the next, over a window of time.
import { setTimeout as wait } from 'node:timers/promises'
import { quantile } from './numbers.ts'

/** Seconds before the window, which are not counted: code is compiled, connections are opened. */
const LEAD_SECONDS = 2
const MOST_ERRORS = 20

export interface LoadOptions<Look> {
  concurrency: number
  seconds: number
  /** Seconds before the window. */
  lead?: number
  /** Called at both ends of the window. */
  look: () => Promise<Look>
}

/**
 * Runs `operation` and gives its rate (per second), its latencies (ms) and both looks. `total` are all that were done,
 * those before and after the window as well. @throws after 20 errors; fewer are counted
 */
export async function load<Look>(
  operation: () => Promise<void>,
  { concurrency, seconds, look, lead = Math.min(LEAD_SECONDS, seconds) }: LoadOptions<Look>,
) {
  const times: number[] = []
  const errors: unknown[] = []
  let [total, from, isOver] = [0, Number.POSITIVE_INFINITY, false]

  async function repeat(): Promise<void> {
    while (!isOver && errors.length < MOST_ERRORS) {
      const began = performance.now()
      try {
        await operation()
        total += 1
        if (began >= from) times.push(performance.now() - began)
      } catch (error) {
        errors.push(error)
      }
    }
  }

  const loops = Promise.all(Array.from({ length: concurrency }, repeat))
  await wait(lead * 1000)
  const before = await look()
  const earlier = total
  from = performance.now()
  await wait(seconds * 1000)
  const done = total - earlier
  const tookMs = performance.now() - from
  const after = await look()
  isOver = true
  await loops
  if (errors.length >= MOST_ERRORS)
    throw new Error(`${MOST_ERRORS} errors, the last:`, { cause: errors.at(-1) })
  return {
    rate: (done / tookMs) * 1000,
    done,
    total,
    errors: errors.length,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    before,
    after,
  }
}

/** For who wants only rate and latencies. */
export const noLook = async () => {}
