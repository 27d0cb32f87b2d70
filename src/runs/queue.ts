// What a queue of runs is, and the one inside this process; the one on Redis is in bullmq.ts.
import { setTimeout as wait } from 'node:timers/promises'

/** ms after which a run whose execution failed is tried again, and so is adding one to a queue that was away. */
export const AGAIN_MS = 2_000

/** `handed back`: the process stops and somebody else has to go on. `over`: nothing to do until a person says so. */
export type RunOutcome = 'over' | 'handed back'

/** Executes one run as far as it goes; `signal`: the process ends. Rejects when it has to be tried again. */
export type RunWork = (run: string, signal: AbortSignal) => Promise<RunOutcome>

export interface RunQueue {
  /** Has some process execute the run; twice for one attempt is once. While the queue is away it tries again. */
  enqueue(run: string, attempt: number): Promise<void>
  /** Begins nothing more, hands back what is under way, and waits for it. */
  close(): Promise<void>
}

/** ms after which a silent process's run is free, and between checks for one. */
export interface QueueTiming {
  lockMs: number
  checkEveryMs: number
}

export type LogEvent = (event: string, fields: object) => void

/**
 * A queue that is opened with its first run, or after `ms`: the first pages of a new process are not to wait for what
 * it has to load. When it could not be opened, the next run opens it.
 */
export function openedLater(open: () => Promise<RunQueue>, ms: number, log: LogEvent): RunQueue {
  let opening: Promise<RunQueue> | undefined
  let isClosed = false
  const opened = () => {
    opening ??= open().catch((error) => {
      opening = undefined
      throw error
    })
    return opening
  }
  const failed = (error: Error) => log('queue.error', { message: error.message })
  const timer = setTimeout(() => opened().catch(failed), ms)
  return {
    async enqueue(run, attempt) {
      if (!isClosed) await (await opened()).enqueue(run, attempt)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await (await opening?.catch(() => undefined))?.close()
    },
  }
}

/** Executes runs in this process. What a killed process leaves behind is found at the next start (runs.ts). */
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
