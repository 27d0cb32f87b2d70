// A real Redis Cluster for tests: three masters, and a replica of one of them where it is wanted.
import { createClient } from 'redis'
import { expect, vi } from 'vitest'
import { freePort } from '../app/free-port.ts'
import { type RedisServer, startRedisServer } from './redis-server.ts'

const SLOTS = 16_384
const WHOLE = { timeout: 15_000, interval: 50 }

export type RedisCluster = Awaited<ReturnType<typeof startRedisCluster>>

/** Starts it, and waits until each node calls it whole. The master of the key `copied` gets a replica. */
export async function startRedisCluster(copied?: string) {
  const masters = await Promise.all([0, 1, 2].map(startNode))
  const replica = copied === undefined ? undefined : await startNode()
  const all = replica ? [...masters, replica] : masters
  const [first] = masters
  if (!first) throw new Error('a cluster needs a master')
  for (const [index, { server }] of masters.entries()) {
    const [from, to] = [index, index + 1].map((third) => Math.floor((third * SLOTS) / 3))
    await ask(server, ['CLUSTER', 'ADDSLOTSRANGE', String(from), String(Number(to) - 1)])
    await ask(server, ['CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1)])
  }
  for (const { server, busPort } of all.slice(1))
    await ask(first.server, ['CLUSTER', 'MEET', '127.0.0.1', String(server.port), String(busPort)])
  const isWhole = async ({ server }: (typeof all)[number]) => {
    const info = await ask(server, ['CLUSTER', 'INFO'])
    expect(info).toContain('cluster_state:ok')
    expect(info).toContain(`cluster_known_nodes:${all.length}`)
  }
  const whole = () => vi.waitFor(() => Promise.all(all.map(isWhole)), WHOLE)
  await whole()
  const masterOf = async (key: string): Promise<RedisServer> => {
    const slot = Number(await ask(first.server, ['CLUSTER', 'KEYSLOT', key]))
    return (masters[Math.floor((slot * 3) / SLOTS)] ?? first).server
  }
  if (replica && copied !== undefined) {
    const { server } = replica
    await ask(server, [
      'CLUSTER',
      'REPLICATE',
      await ask(await masterOf(copied), ['CLUSTER', 'MYID']),
    ])
    await vi.waitFor(
      async () =>
        expect(await ask(server, ['INFO', 'replication'])).toContain('master_link_status:up'),
      WHOLE,
    )
  }
  return {
    url: `redis+cluster://${all.map(({ server }) => `127.0.0.1:${server.port}`).join(',')}`,
    masters: masters.map(({ server }) => server),
    masterOf,
    whole,
    async stop() {
      await Promise.all(all.map(({ server }) => server.stop()))
    },
  }
}

async function startNode() {
  const busPort = await freePort()
  const args = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)]
  const quick = ['--cluster-node-timeout', '1000', '--repl-diskless-sync-delay', '0']
  return { server: await startRedisServer({ args: [...args, ...quick], persist: true }), busPort }
}

/** One command to one server, whatever it answers as text. */
export async function ask({ url }: Pick<RedisServer, 'url'>, command: string[]): Promise<string> {
  const client = createClient({ url, socket: { reconnectStrategy: false } })
  client.on('error', () => {}) // who asks is told by the command
  await client.connect()
  try {
    return String(await client.sendCommand(command))
  } finally {
    client.destroy()
  }
}
