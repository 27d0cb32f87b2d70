// Who carries a run: this process itself when it is the only one, a queue on Redis when there may be several.
import { setTimeout as wait } from 'node:timers/promises'
import type { RunOutcome } from './runner.ts'

const AGAIN_MS = 2_000

/** Carries one run as far as it goes; `signal`: the process ends. Rejects when it has to be tried again. */
export type RunWork = (run: string, signal: AbortSignal) => Promise<RunOutcome>

export interface RunQueue {
  /**
   * Lets the run be carried, by whichever process. One call for each leg; a second one for the same leg is nothing. While
   * the queue is away it is tried again in the background; should this process end first, the run shows as interrupted.
   */
  enqueue(run: string, attempt: number): Promise<void>
  /** Begins nothing more, hands back what is under way, and waits for it. */
  close(): Promise<void>
}

/** ms after which a silent process's run is free, and between looks for one. */
export interface QueueTiming {
  lockMs: number
  checkEveryMs: number
}

type LogEvent = (event: string, fields: object) => void

/** BullMQ on the Redis at `redisUrl`, else in this process. What is not used is not loaded. */
export async function openRunQueue(
  redisUrl: string | undefined,
  execute: RunWork,
  log: LogEvent,
  timing?: QueueTiming,
): Promise<RunQueue> {
  if (redisUrl === undefined) return inProcessQueue(execute, log)
  const { openQueue } = await import('./bullmq.ts')
  return openQueue(redisUrl, execute, log, timing)
}

/** Carries runs in this process. What a killed process leaves behind is found at the next start (runs.ts). */
export function inProcessQueue(execute: RunWork, log: LogEvent): RunQueue {
  const stop = new AbortController()
  const under = new Set<Promise<void>>()

  async function executeUntilDone(run: string): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await execute(run, stop.signal)
        return
      } catch (error) {
        log('run.again', { run, message: error instanceof Error ? error.message : String(error) })
        await wait(AGAIN_MS, undefined, { signal: stop.signal }).catch(() => {})
      }
    }
  }

  return {
    async enqueue(run) {
      const execution = executeUntilDone(run)
      under.add(execution)
      void execution.finally(() => under.delete(execution))
    },
    async close() {
      stop.abort()
      await Promise.all(under)
    },
  }
}
