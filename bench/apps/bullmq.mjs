// Durable peer: Express, simple-oauth2 and BullMQ. One job a press, its id from the press; the request waits for its end.
import { Queue, QueueEvents, Worker } from 'bullmq'
import { addConnect } from './connect.mjs'
import { createPeer, listen } from './express.ts'
import { push, REDIS_URL } from './job.ts'

const QUEUE = 'push'
/** As many pushes at once as the other apps have connections to the vendor. */
const AT_ONCE = 64
const WAIT_MS = 20_000

const connection = { url: REDIS_URL }
const queue = new Queue(QUEUE, {
  connection,
  // Kept for a while: a job id that is known is not added again.
  defaultJobOptions: { removeOnComplete: { age: 3600, count: 1000 }, attempts: 3 },
})
const queueEvents = new QueueEvents(QUEUE, { connection })
new Worker(QUEUE, ({ data: { id, token, press } }) => push(id, token, press), {
  connection: { ...connection, maxRetriesPerRequest: null },
  concurrency: AT_ONCE,
})
await queueEvents.waitUntilReady()

const app = createPeer(async (id, token, press) => {
  const job = await queue.add('push', { id, token, press }, { jobId: press })
  await job.waitUntilFinished(queueEvents, WAIT_MS)
})
addConnect(app)
listen(app)
