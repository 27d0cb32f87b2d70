// Runs as jobs of BullMQ: one worker has a run, and another takes it within 15 s when that one's process dies.
import { setTimeout as wait } from 'node:timers/promises'
import { createNodeRedisClient, type Job, Queue, WaitingError } from 'bullmq'
import { createQueueClient } from '../store/redis/queue-client.ts'
import { AGAIN_MS, type LogEvent, type RunQueue, type RunWork } from './queue.ts'
import { RecoveringWorker } from './recovering-worker.ts'

/** The braces keep all keys of the queue in one slot of a cluster. */
const PREFIX = 'cs:{runs}'
/** Runs one process executes at once; how many pushes that is, vendor-concurrency.ts says. */
const CONCURRENCY = 100
/** A dead process's run is free after `lockMs` and found at the check after that: less than 15 s. */
const TIMING = { lockMs: 5_000, checkEveryMs: 2_500 }
const ADD_MS = 1_500
const WATCH_MS = 500
/** What is under way is finished or handed back in that time. */
const CLOSE_MS = 12_000

/** A job holds only the run's id: our store has the truth, so a lost or doubled job neither loses nor doubles a push. */
export async function openQueue(
  url: string,
  execute: RunWork,
  log: LogEvent,
  { lockMs, checkEveryMs } = TIMING,
): Promise<RunQueue> {
  const stop = new AbortController()
  const logOnce = once(log, stop.signal)
  const { client, destroy } = createQueueClient(url)
  const connection = createNodeRedisClient(client)
  // BullMQ takes its own listener away when it closes.
  connection.on('error', () => {})
  const queue = new Queue('runs', { connection, prefix: PREFIX, skipMetasUpdate: true })
  const process = async (job: Job<{ run: string }>, token?: string) => {
    if ((await execute(job.data.run, stop.signal)) === 'over') return
    await job.moveToWait(token)
    throw new WaitingError()
  }
  const options = {
    connection,
    prefix: PREFIX,
    concurrency: CONCURRENCY,
    lockDuration: lockMs,
    stalledInterval: checkEveryMs,
    // A run may outlive any number of processes.
    maxStalledCount: 1_000_000,
    runRetryDelay: AGAIN_MS,
  }
  const createWorker = () => {
    const one = new RecoveringWorker('runs', process, options)
    one.on('failed', (job, error) =>
      log('run.again', { run: job?.data.run, message: error.message }),
    )
    return one.on('error', logOnce)
  }
  let worker = createWorker()
  let asking = false
  const checkStuck = async () => {
    if (asking || !worker.isStuck()) return
    asking = true
    const isThere = await queue.isPaused().then(always, never)
    asking = false
    if (!isThere) return worker.resetErrors()
    log('queue.worker-replaced', {})
    worker.close().catch(() => {}) // it still ends what it has in hand
    worker = createWorker()
  }
  const watch = setInterval(checkStuck, WATCH_MS)
  watch.unref()
  queue.on('error', logOnce)

  /** @throws Error after 1.5 s without a response; the job may be there all the same */
  async function add(run: string, attempt: number): Promise<void> {
    const late = wait(ADD_MS, undefined, { ref: false }).then(() =>
      Promise.reject(new Error('no answer')),
    )
    await Promise.race([queue.add('run', { run }, { ...JOB, jobId: `${run}.${attempt}` }), late])
  }

  /** The store has the run while the queue was away; a job that comes twice is one. */
  async function addLater(run: string, attempt: number): Promise<void> {
    while (!stop.signal.aborted) {
      await wait(AGAIN_MS, undefined, { ref: false })
      if (await add(run, attempt).then(always, never)) return
    }
  }

  return {
    async enqueue(run, attempt) {
      await add(run, attempt).catch((error: Error) => {
        log('run.again', { run, message: error.message })
        void addLater(run, attempt)
      })
    },
    async close() {
      stop.abort()
      clearInterval(watch)
      const closed = worker
        .close()
        .then(() => queue.close())
        .catch(() => {})
      await Promise.race([closed, wait(client.isReady ? CLOSE_MS : 0, undefined, { ref: false })])
      await destroy()
    },
  }
}

const always = () => true
const never = () => false

const JOB = {
  removeOnComplete: true,
  removeOnFail: true,
  attempts: 1_000_000,
  backoff: { type: 'fixed', delay: AGAIN_MS },
}

/** Logs an error once while it repeats, and none after our own end. */
function once(log: LogEvent, ended: AbortSignal) {
  let said = ''
  return ({ message }: Error) => {
    if (message !== said && !ended.aborted) log('queue.error', { message })
    said = message
  }
}
