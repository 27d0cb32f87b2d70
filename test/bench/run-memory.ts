// Memory of the whole app process (src/server.ts) through a run of 10,000: `node test/bench/run-memory.ts [items]`. Not a test.
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { startProcess } from '../support/app/app-process.ts'
import { campaignFile, look, startRun } from '../support/app/runs.ts'
import { prepare } from '../support/app/setup.ts'
import { createVisitor } from '../support/browser/http-visitor.ts'
import { startRedisServer } from '../support/redis/redis-server.ts'
import { startFakeVendor } from '../support/vendor/fake-vendor.ts'

const ITEMS = Number(process.argv[2] ?? 10_000)
const LOOK_EVERY_MS = 100
const AFTER_MS = 10_000

const redis = await startRedisServer({ persist: false })
for (const url of [undefined, redis.url]) await measure(url)
await redis.stop()

async function measure(redisUrl: string | undefined): Promise<void> {
  const vendor = await startFakeVendor({ expiresIn: 3600 })
  const environment = { ...campaignFile(ITEMS), LOG_LEVEL: 'warn' }
  const file = { api: { concurrency: 16 } }
  const setup = prepare({ vendors: [vendor], redisUrl, file, environment })
  const app = await startProcess(setup)
  const person = createVisitor(app.url)
  for (let visits = 0; visits < 50; visits++) await person.open('/campaigns')
  const idle = resident(app.child.pid)
  let most = idle
  const watch = setInterval(() => {
    most = Math.max(most, resident(app.child.pid))
  }, LOOK_EVERY_MS)
  const { id } = await startRun(person)
  while ((await look(person, id)).state === 'running') await wait(LOOK_EVERY_MS)
  const { state, sent } = await look(person, id)
  await wait(AFTER_MS)
  clearInterval(watch)
  const after = resident(app.child.pid)
  console.log(
    `${redisUrl ? 'redis   ' : 'embedded'} ${state}, ${sent} of ${ITEMS}: idle ${idle} MB, most ${most} MB (+${most - idle}), ${AFTER_MS / 1000} s after ${after} MB`,
  )
  await person.close()
  await app.kill('SIGTERM')
  await vendor.close()
  setup.remove()
}

/** MB of memory a process has in RAM (Linux). */
function resident(pid: number | undefined): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kb) / 1024)
}
