// A master, its replica and three sentinels for tests: who is master moves half a second after its death is seen.
import { expect, vi } from 'vitest'
import { ask } from './redis-cluster.ts'
import { startRedisServer } from './redis-server.ts'

const NAME = 'campaigns'
const SOON = { timeout: 15_000, interval: 50 }
const QUICK = ['--repl-diskless-sync-delay', '0']

export type RedisSentinels = Awaited<ReturnType<typeof startSentinels>>

/** Starts them, and waits until each sentinel would know what to do. */
export async function startSentinels() {
  const master = await startRedisServer({ args: QUICK })
  const replica = await startRedisServer({
    args: [...QUICK, '--replicaof', '127.0.0.1', String(master.port)],
  })
  await vi.waitFor(
    async () =>
      expect(await ask(replica, ['INFO', 'replication'])).toContain('master_link_status:up'),
    SOON,
  )
  const config = [
    `sentinel monitor ${NAME} 127.0.0.1 ${master.port} 2`,
    `sentinel down-after-milliseconds ${NAME} 500`,
    `sentinel failover-timeout ${NAME} 3000`,
  ].join('\n')
  const sentinels = await Promise.all(
    [1, 2, 3].map(() => startRedisServer({ config, args: ['--sentinel'] })),
  )
  for (const sentinel of sentinels)
    await vi.waitFor(async () => {
      expect(await ask(sentinel, ['SENTINEL', 'CKQUORUM', NAME])).toMatch(/^OK 3/)
      expect(await ask(sentinel, ['SENTINEL', 'REPLICAS', NAME])).not.toBe('')
    }, SOON)
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${NAME}`,
    master,
    replica,
    sentinels,
    async stop() {
      await Promise.all([master, replica, ...sentinels].map((server) => server.stop()))
    },
  }
}
