// Runs as jobs of BullMQ: one worker has a run, and another takes it within 15 s when that one's process dies.
import { setTimeout as wait } from 'node:timers/promises'
import {
  type ConnectionOptions,
  createNodeRedisClient,
  type Job,
  Queue,
  WaitingError,
} from 'bullmq'
import { createQueueClient } from '../store/redis/queue-client.ts'
import { AGAIN_MS, type LogEvent, type QueueTiming, type RunQueue, type RunWork } from './queue.ts'
import { RecoveringWorker, superviseWorker } from './recovering-worker.ts'

/** The braces keep all keys of the queue in one slot of a cluster. */
const PREFIX = 'cs:{runs}'
/** Runs one process executes at once; how many pushes that is, throughput.ts says. */
const CONCURRENCY = 100
/** A dead process's run is free after `lockMs` and found at the check after that: less than 15 s. */
const TIMING = { lockMs: 5_000, checkEveryMs: 2_500 }
const ADD_MS = 1_500
/** What is under way is finished or handed back in that time. */
const CLOSE_MS = 12_000

/** A job holds only the run's id: our store has the truth, so a lost or doubled job neither loses nor doubles a push. */
export async function openQueue(
  url: string,
  execute: RunWork,
  log: LogEvent,
  timing = TIMING,
): Promise<RunQueue> {
  const stop = new AbortController()
  const logOnce = once(log, stop.signal)
  const { client, destroy } = createQueueClient(url)
  const connection = createNodeRedisClient(client)
  // BullMQ takes its own listener away when it closes.
  connection.on('error', () => {})
  const queue: JobQueue = new Queue('runs', { connection, prefix: PREFIX, skipMetasUpdate: true })
  queue.on('error', logOnce)
  const createWorker = workerFactory({ connection, ...timing }, execute, stop.signal, log, logOnce)
  const worker = superviseWorker(createWorker, queue, log)
  return {
    enqueue: createEnqueue(queue, stop.signal, log),
    async close() {
      stop.abort()
      const closed = worker
        .close()
        .then(() => queue.close())
        .catch(() => {})
      await Promise.race([closed, wait(client.isReady ? CLOSE_MS : 0, undefined, { ref: false })])
      await destroy()
    },
  }
}

type JobQueue = Queue<{ run: string }>

function workerFactory(
  { connection, lockMs, checkEveryMs }: QueueTiming & { connection: ConnectionOptions },
  execute: RunWork,
  stopping: AbortSignal,
  log: LogEvent,
  logOnce: (error: Error) => void,
): () => RecoveringWorker {
  const process = async (job: Job<{ run: string }>, token?: string) => {
    if ((await execute(job.data.run, stopping)) === 'over') return
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
  return () => {
    const worker = new RecoveringWorker('runs', process, options)
    worker.on('failed', (job, error) =>
      log('run.again', { run: job?.data.run, message: error.message }),
    )
    return worker.on('error', logOnce)
  }
}

function createEnqueue(queue: JobQueue, stopping: AbortSignal, log: LogEvent) {
  /** @throws Error after 1.5 s without a response; the job may be there all the same */
  async function add(run: string, attempt: number): Promise<void> {
    const late = wait(ADD_MS, undefined, { ref: false }).then(() =>
      Promise.reject(new Error('no answer')),
    )
    await Promise.race([queue.add('run', { run }, { ...JOB, jobId: `${run}.${attempt}` }), late])
  }

  /** The store has the run while the queue was away; a job that comes twice is one. */
  async function addLater(run: string, attempt: number): Promise<void> {
    while (!stopping.aborted) {
      await wait(AGAIN_MS, undefined, { ref: false })
      if (await add(run, attempt).then(always, never)) return
    }
  }

  return async (run: string, attempt: number): Promise<void> => {
    await add(run, attempt).catch((error: Error) => {
      log('run.again', { run, message: error.message })
      void addLater(run, attempt)
    })
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
