// Runs as jobs of BullMQ: one worker has a run, and another takes it within 15 s when that one's process dies.
import { setTimeout as wait } from 'node:timers/promises'
import { createNodeRedisClient, type Job, Queue, WaitingError, Worker } from 'bullmq'
import { StoreError } from '../store/open.ts'
import { createQueueClient } from '../store/redis-queue-client.ts'
import type { Engine, Work } from './engine.ts'

/** The braces keep all keys of the queue in one slot of a cluster. */
const PREFIX = 'cs:{runs}'
/** Runs one process carries at once; how many pushes that is, places.ts says. */
const CONCURRENCY = 100
/** A dead process's run is free after `lockMs`, and found at the check after that: together less than 15 s. */
const TIMING = { lockMs: 5_000, checkEveryMs: 2_500 }
const AGAIN_MS = 2_000
const ADD_MS = 1_500
/** Between two questions for a job that were both refused. */
const REFUSED_MS = 200
/** What is under way is finished or handed back in that time; without Redis there is nobody to hand it to. */
const CLOSE_MS = 12_000

/**
 * A job holds the run's id and nothing else: the truth lies in our store, so that a job which is lost, doubled or
 * carried by two workers at once neither loses nor doubles a push.
 */
export async function openQueue(
  url: string,
  work: Work,
  log: (event: string, fields: object) => void,
  { lockMs, checkEveryMs } = TIMING,
): Promise<Engine> {
  const stop = new AbortController()
  const tell = once(log, stop.signal)
  const { client, destroy } = createQueueClient(url)
  const connection = createNodeRedisClient(client)
  // BullMQ takes its own listener away when it closes.
  connection.on('error', () => {})
  const queue = new Queue('runs', { connection, prefix: PREFIX, skipMetasUpdate: true })
  const process = async (job: Job<{ run: string }>, token?: string) => {
    if ((await work(job.data.run, stop.signal)) === 'over') return
    await job.moveToWait(token)
    throw new WaitingError()
  }
  const worker = new PatientWorker('runs', process, {
    connection,
    prefix: PREFIX,
    concurrency: CONCURRENCY,
    lockDuration: lockMs,
    stalledInterval: checkEveryMs,
    // A run may outlive any number of processes.
    maxStalledCount: 1_000_000,
    runRetryDelay: AGAIN_MS,
  })
  queue.on('error', tell)
  worker.on('error', tell)
  worker.on('failed', (job, error) => log('run.again', { run: job?.data.run, message: error.message }))

  return {
    async enqueue(run, leg) {
      const added = queue.add('run', { run }, { ...JOB, jobId: `${run}.${leg}` })
      const late = wait(ADD_MS, undefined, { ref: false }).then(() => Promise.reject(new Error('no answer')))
      await Promise.race([added, late]).catch((cause: unknown) => {
        throw new StoreError('the run was not queued', { cause })
      })
    },
    async close() {
      stop.abort()
      const closed = worker.close().then(() => queue.close())
      await Promise.race([closed, wait(client.isReady ? CLOSE_MS : 0, undefined, { ref: false })])
      closed.catch(() => {})
      await destroy()
    },
  }
}

/**
 * BullMQ asks for the next job again as soon as it was refused one. While Redis is away the refusal comes in the same
 * turn of the event loop, and the process would do nothing else any more.
 */
class PatientWorker extends Worker<{ run: string }> {
  protected override async moveToActive(token: string, name?: string) {
    try {
      return await super.moveToActive(token, name)
    } catch (error) {
      await wait(REFUSED_MS)
      throw error
    }
  }
}

const JOB = {
  removeOnComplete: true,
  removeOnFail: true,
  attempts: 1_000_000,
  backoff: { type: 'fixed', delay: AGAIN_MS },
}

/** While Redis is away each try says the same. What ends because we end is no news. */
function once(log: (event: string, fields: object) => void, ended: AbortSignal) {
  let said = ''
  return ({ message }: Error) => {
    if (message !== said && !ended.aborted) log('queue.error', { message })
    said = message
  }
}
