// BullMQ's worker, with two weaknesses made good that show when Redis goes at a bad moment (docs/decisions/031).
import { setTimeout as wait } from 'node:timers/promises'
import { type Queue, Worker } from 'bullmq'
import type { LogEvent } from './queue.ts'

/** Between two questions for a job that were both refused. */
const REFUSED_MS = 200
/** Errors in a row, or ms without a question for a job, after which it is stuck. In good times it asks every 5 s. */
const MOST_ERRORS = 20
const SILENT_MS = 15_000
const WATCH_MS = 500

export class RecoveringWorker extends Worker<{ run: string }> {
  #askedAt = Date.now()
  #errors = 0

  constructor(...parameters: ConstructorParameters<typeof Worker<{ run: string }>>) {
    super(...parameters)
    this.on('error', () => {
      this.#errors += 1
    })
  }

  /** It asks again as soon as it was refused, in the same turn of the event loop: the process would do nothing else. */
  protected override async moveToActive(token: string, name?: string) {
    try {
      const job = await super.moveToActive(token, name)
      this.resetErrors()
      return job
    } catch (error) {
      await wait(REFUSED_MS)
      throw error
    }
  }

  /** A connection that broke before its first response is never made again, and the worker waits on it in vain. */
  isStuck(): boolean {
    return this.#errors >= MOST_ERRORS || Date.now() - this.#askedAt > SILENT_MS
  }

  resetErrors(): void {
    this.#errors = 0
    this.#askedAt = Date.now()
  }
}

export type SupervisedWorker = Pick<RecoveringWorker, 'isStuck' | 'resetErrors' | 'close'>

/** Has one worker, and another in its stead when it is stuck while Redis is there. */
export function superviseWorker(
  createWorker: () => SupervisedWorker,
  queue: Pick<Queue, 'isPaused'>,
  log: LogEvent,
) {
  let worker = createWorker()
  let isChecking = false
  let isClosed = false
  const replaced = new Set<Promise<void>>()

  /** It still ends what it has in hand. */
  const replace = (stuck: SupervisedWorker) => {
    const closed = stuck.close().catch(() => {})
    replaced.add(closed)
    void closed.then(() => replaced.delete(closed))
    worker = createWorker()
  }
  const checkStuck = async () => {
    if (isChecking || !worker.isStuck()) return
    isChecking = true
    const isThere = await queue.isPaused().then(
      () => true,
      () => false,
    )
    isChecking = false
    if (isClosed) return
    if (!isThere) return worker.resetErrors()
    log('queue.worker-replaced', {})
    replace(worker)
  }
  const watch = setInterval(checkStuck, WATCH_MS)
  watch.unref()
  return {
    async close(): Promise<void> {
      isClosed = true
      clearInterval(watch)
      await Promise.all([worker.close(), ...replaced])
    },
  }
}
