// The store when its Redis is down, frozen, a replica, full, or does not let us in.
import { describe, expect, type TestContext, test, vi } from 'vitest'
import { withStoreErrors } from '../../src/store/open.ts'
import { readRedisUrl } from '../../src/store/redis/address.ts'
import { openRedis } from '../../src/store/redis/single.ts'
import type { Store } from '../../src/store/store.ts'
import { compareAndDelete, compareAndSet } from '../support/redis/compare.ts'
import { opened, timed } from '../support/redis/opened-store.ts'
import { ask } from '../support/redis/redis-cluster.ts'
import { type RedisServerOptions, startRedisServer } from '../support/redis/redis-server.ts'
import { startRelay } from '../support/redis/relay.ts'

// They mostly wait, so they run side by side, each with its own server.
describe('the redis store', { concurrent: true }, () => {
  test('opens when Redis is down, rejects, and works once Redis is up', async (context) => {
    const server = await start(context)
    await server.kill()
    const opening = performance.now()
    const { store, events } = await open(context, server.url)
    expect(performance.now() - opening).toBeLessThan(4000)
    expect((await timed(store.get('k'))).ms).toBeLessThan(700)
    await expect(store.set('k', 'v')).rejects.toThrow('offline')
    await server.restart()
    await works(store)
    expect(await store.get('k')).toBe(null)
    expect(events).toEqual(['store.error', 'store.ready'])
  })

  test('rejects at once while Redis is stopped, works after its restart, and tells each once', async (context) => {
    const server = await start(context, { persist: true })
    const { store, events } = await open(context, server.url)
    await store.set('k', 'before')
    await server.kill()
    await eventually(() => expect(events).toEqual(['store.ready', 'store.error']))
    const { ms, message } = await timed(store.set('k', 'while away'))
    expect(ms).toBeLessThan(700)
    expect(message).toMatch(/offline/)
    await server.restart()
    await works(store)
    expect(await store.get('k')).toBe('before')
    expect(await compareAndDelete(store, 'k', 'before')).toBe(1)
    expect(events).toEqual(['store.ready', 'store.error', 'store.ready'])
  })

  test('rejects within 2 s while Redis is frozen, with steady traffic as well', async (context) => {
    const server = await start(context)
    const { store, events } = await open(context, server.url)
    server.freeze()
    const commands: Promise<{ message: string; ms: number }>[] = []
    const traffic = setInterval(() => commands.push(timed(store.get('k'))), 50)
    await eventually(() => {
      expect(events).toContain('store.error')
      expect(commands.length).toBeGreaterThan(10)
    })
    clearInterval(traffic)
    for (const { message, ms } of await Promise.all(commands)) {
      expect(message).toMatch(/did not answer|offline/)
      expect(ms).toBeLessThan(2000)
    }
    server.thaw()
    await works(store)
    expect(events).toEqual(['store.ready', 'store.error', 'store.ready'])
  })

  test('a command that was given up does not overwrite a later one', async (context) => {
    const server = await start(context)
    const relay = await startRelay(server.port)
    context.onTestFinished(relay.stop)
    const { store } = await open(context, `redis://127.0.0.1:${relay.port}`)
    await works(store)
    relay.hold()
    await expect(store.set('k', 'given up')).rejects.toThrow('did not answer')
    await works(store)
    await store.set('k', 'later')
    await relay.release()
    expect(await store.get('k')).toBe('later')
  })

  test('refuses more commands than its queue holds', async (context) => {
    const server = await start(context)
    const { store } = await open(context, server.url)
    server.freeze()
    const commands = Array.from({ length: 10_001 }, () =>
      store.get('k').catch((error: Error) => error.message),
    )
    expect(await commands.at(-1)).toMatch(/queue is full/)
    expect(await commands.at(0)).toMatch(/did not answer/)
  })

  test('stays connected when nobody uses it', async (context) => {
    const server = await start(context)
    const { store, events } = await open(context, server.url)
    const connections = store.client.socketEpoch
    await new Promise((resolve) => setTimeout(resolve, 5500))
    expect(await store.ping()).toBe('PONG')
    expect(events).toEqual(['store.ready'])
    expect(store.client.socketEpoch).toBe(connections)
  })

  test('looks for the primary again when it finds itself at a replica', async (context) => {
    const server = await start(context)
    const { store } = await open(context, server.url)
    const connections = store.client.socketEpoch
    await store.client.sendCommand(['REPLICAOF', '127.0.0.1', '1'])
    expect((await timed(store.set('k', 'v'))).message).toMatch(/^READONLY/)
    await eventually(async () => {
      await expect(store.set('k', 'v')).rejects.toThrow()
      expect(store.client.socketEpoch).toBe(connections + 1)
    })
    await store.client.sendCommand(['REPLICAOF', 'NO', 'ONE'])
    expect(await store.set('k', 'v')).toBe('OK')
  })

  test('rejects a write when Redis is full, and still reads', async (context) => {
    const server = await start(context)
    const { store } = await open(context, server.url)
    await store.set('k', 'v')
    await store.client.sendCommand(['CONFIG', 'SET', 'maxmemory', '1'])
    await expect(store.set('k', 'more')).rejects.toThrow(/^OOM/)
    expect(await store.get('k')).toBe('v')
    expect(await store.getDel('k')).toBe('v')
  })

  test('does nothing of a step that writes when Redis is full, whatever it reads before', async (context) => {
    const server = await start(context)
    const { store } = await open(context, server.url)
    await store.step([
      { set: 'k', value: 'v' },
      { hSet: 'h', fields: { n: '1' } },
    ])
    await store.client.sendCommand(['CONFIG', 'SET', 'maxmemory', '1'])
    for (const write of [
      { set: 'k', value: 'more' },
      { hSet: 'h', fields: { a: '1' } },
      { hIncr: 'h', field: 'n', by: 1 },
      { incr: 'new' },
      { lPush: 'new', value: '1' },
    ])
      await expect(
        store.stepIf([{ key: 'k', is: 'v' }], [{ get: 'k' }, write, { del: 'k' }]),
      ).rejects.toThrow(/^OOM/)
    expect(await store.step([{ get: 'k' }, { hGetAll: 'h' }, { get: 'new' }])).toEqual([
      'v',
      { n: '1' },
      null,
    ])
    // What frees memory first runs to its end.
    expect(await store.step([{ del: 'k' }, { set: 'new', value: 'v' }])).toEqual([1, 'OK'])
    expect(await store.get('new')).toBe('v')
  })

  test('has all of a step or nothing after Redis was killed', async (context) => {
    const server = await start(context, { persist: true })
    const { store } = await open(context, server.url)
    let written = 0
    const writes = Array.from({ length: 4 }, async () => {
      for (;;) {
        await store.step([{ incr: 'a' }, { hIncr: 'b', field: 'n', by: 1 }, { incr: 'c' }])
        written += 1
      }
    })
    const stopped = Promise.allSettled(writes)
    await eventually(() => expect(written).toBeGreaterThan(50))
    await server.kill()
    await stopped
    await server.restart()
    await works(store)
    const [a, [b], c] = await store.step([
      { get: 'a' },
      { hMGet: 'b', fields: ['n'] },
      { get: 'c' },
    ])
    expect([b, c]).toEqual([a, a])
    expect(Number(a)).toBeGreaterThanOrEqual(written)
  })

  test('prefixes its keys, scripts included', async (context) => {
    const server = await start(context)
    const { store } = await open(context, server.url)
    await store.set('k', 'v')
    await compareAndSet(store, 'k', 'v', 'w', 60_000)
    await store.stepIf([{ key: 'k', is: 'w' }], [{ set: 'k', value: 'x' }])
    expect(await store.get('k')).toBe('x')
    expect(await store.client.sendCommand(['KEYS', '*'])).toEqual(['cs:k'])
  })

  test('closes within 2 s when Redis is frozen, and rejects from then on', async (context) => {
    const server = await start(context)
    const { store } = await open(context, server.url)
    server.freeze()
    const pending = timed(store.get('k'))
    expect((await timed(store.close())).ms).toBeLessThan(2000)
    expect((await pending).message).toMatch(/closed/)
    await expect(store.get('k')).rejects.toThrow('closed')
  })

  test('does not open without the right password, and does not repeat the wrong one', async (context) => {
    const { port } = await start(context, { args: ['--requirepass', 'right'] })
    const message = async (userinfo: string) =>
      (await timed(openRedis(readRedisUrl(`redis://${userinfo}127.0.0.1:${port}`)))).message
    for (const userinfo of [':wr0ng-secret@', 'someone:wr0ng-secret@']) {
      expect(await message(userinfo)).toBe(
        `Redis at 127.0.0.1:${port} does not take this user name and password`,
      )
    }
    expect(await message('')).toMatch(/asks for a password/)
    const { store } = await open(context, `redis://:right@127.0.0.1:${port}`)
    expect(store.description).toBe(`Redis at 127.0.0.1:${port}`)
  })

  test('deletes a set or a stream in the place of a text, before anything of the step is written', async (context) => {
    const server = await start(context)
    const { store } = await open(context, server.url)
    const { stepIf } = withStoreErrors(store)
    for (const foreign of [
      ['SADD', 'cs:k', 'one'],
      ['XADD', 'cs:k', '*', 'a', 'b'],
    ]) {
      const put = async () => {
        await store.del(['k', 'other'])
        await ask(server, foreign)
      }
      await put()
      const step = [{ set: 'other', value: 'v' }, { get: 'k' }] as const
      await expect(store.stepIf([], step)).rejects.toThrow(/^WRONGTYPE .*: 2$/)
      await expect(store.stepIf([{ key: 'k', is: 'v' }], step)).rejects.toThrow(/: 1$/)
      expect(await store.get('other')).toBe(null)
      expect(await stepIf([], step)).toEqual({ done: true, replies: ['OK', null] })
      await put()
      expect(await stepIf([{ key: 'k', is: null }], step)).toMatchObject({ done: true })
    }
  })

  test('does not take what it may not read for a key of another type', async (context) => {
    const server = await start(context)
    const { store } = await open(context, server.url)
    await store.set('k', 'v')
    await ask(server, ['ACL', 'SETUSER', 'default', '-get'])
    const { stepIf } = withStoreErrors(store)
    await expect(stepIf([{ key: 'k', is: 'v' }], [{ del: 'k' }])).rejects.toThrow(/^ERR The user/)
    await ask(server, ['ACL', 'SETUSER', 'default', '+get'])
    expect(await store.get('k')).toBe('v')
  })

  test('does not open a database that is not there', async (context) => {
    const server = await start(context)
    await expect(openRedis(readRedisUrl(`${server.url}/99`))).rejects.toThrow(
      /refuses the connection: .*DB index/,
    )
    const { store } = await open(context, `${server.url}/3`)
    expect(store.description).toBe(`Redis at 127.0.0.1:${server.port}/3`)
  })
})

async function start({ onTestFinished }: TestContext, options?: RedisServerOptions) {
  const server = await startRedisServer(options)
  onTestFinished(server.stop)
  return server
}

function open(context: TestContext, url: string) {
  return opened(context, (log) => openRedis(readRedisUrl(url), { log }))
}

/** `expect.poll` does not know its test when tests run side by side. */
const eventually = (holds: () => void | Promise<void>) =>
  vi.waitFor(holds, { timeout: 4000, interval: 10 })

const works = (store: Store) => eventually(async () => void (await store.ping()))
