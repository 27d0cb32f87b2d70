// Who executes a run: this process itself when it is the only one, a queue on Redis when there may be several.
import { setTimeout as wait } from 'node:timers/promises'
import { AGAIN_MS, type LogEvent, type QueueTiming, type RunQueue, type RunWork } from './queue.ts'

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

/** Executes runs in this process. What a killed process leaves behind is found at the next start (runs.ts). */
function inProcessQueue(execute: RunWork, log: LogEvent): RunQueue {
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
