// Redis faults: RDS cases. The store gone, slow, silent, full, empty or strange: an honest answer within 3 s, and nothing twice.
import { createClient } from 'redis'
import { describe, expect, test, vi } from 'vitest'
import { startToFail } from '../support/app/app-process.ts'
import { inTls } from '../support/app/certificates.ts'
import { freePort } from '../support/app/free-port.ts'
import { startRun, until } from '../support/app/runs.ts'
import { prepare } from '../support/app/setup.ts'
import { readPage } from '../support/browser/page.ts'
import { behindProxy, onRedis, type WithRedis } from '../support/redis/own-redis.ts'
import { startRedisServer } from '../support/redis/redis-server.ts'
import {
  onward,
  pressSync,
  sync,
  toCallback,
  told,
  toVendor,
} from '../support/scene/authorization.ts'
import { expectProblem, expectSync, type Play } from '../support/scene/cases.ts'

/** Store faults are answered within 3 s; a busy machine adds to it. */
const SOON = { answeredWithin: 5_000 }

async function redis(url: string, ...commands: string[][]): Promise<unknown[]> {
  const client = createClient({ url }).on('error', () => {}) // who asks is told by the command
  await client.connect()
  const answers = []
  for (const command of commands) answers.push(await client.sendCommand(command).catch(String))
  await client.close()
  return answers
}

const isKnown = ({ jar }: Play['person']) => jar.names().includes('campaign-sync')

/** As soon as the store is back the app is, too, without a restart. */
const backSoon = ({ person }: Pick<Play, 'person'>, id = 'C1', timeout = 8_000) =>
  vi.waitFor(async () => expect(told(await sync(person, id))).toContain('synced.'), {
    timeout,
    interval: 200,
  })

/** What is said while the store does not answer: pages show campaigns, flow routes 503 and a way out, nobody leaves. */
async function saysSo({ app, person, vendor }: Play & WithRedis, { ready = false } = {}) {
  const sent = vendor.requests.length
  const list = await person.open('/campaigns')
  expect([list.status, readPage(list.body).text.includes('Spring launch')]).toEqual([200, true])
  const click = await person.post('/campaigns/C1/sync', {})
  expectProblem(click, 503)
  expect(click.headers['retry-after']).toBeDefined()
  expectProblem(await person.get('/connect/fake/C1'), 503)
  expectProblem(await person.get('/oauth/fake/callback?code=x&state=y'), [400, 503])
  expect(vendor.requests).toHaveLength(sent)
  expect((await fetch(`${app.origin}/healthz`)).status).toBe(200)
  expect((await fetch(`${app.origin}/readyz`)).status).toBe(ready ? 200 : 503)
}

describe('Redis', { concurrent: true, timeout: 60_000 }, () => {
  test(
    'RDS-01: refused at boot: the app listens, says 503, and works once Redis is there',
    onRedis(SOON, async (play) => {
      await play.proxy.down()
      const late = await play.startApp()
      const person = play.visitor(late.url)
      await saysSo({ ...play, app: late, person })
      await play.proxy.up()
      await backSoon({ person })
    }),
  )

  test(
    'RDS-04: gone after the code was exchanged: 503, no push, no redirect, and the next click works',
    onRedis(SOON, async ({ person, vendor, proxy, app }) => {
      const tab = await toCallback(person, await toVendor(person, 'C1'))
      const exchange = vendor.gate('token', 'after')
      const callback = person.follow(tab)
      await exchange.arrived
      await proxy.down()
      exchange.release()
      const page = await callback
      expectProblem(page, 503)
      expect([vendor.at('api').length, vendor.at('token').length]).toEqual([0, 1])
      expect(vendor.at('revoke').length).toBeLessThanOrEqual(1)
      await proxy.up()
      await backSoon({ person })
      expect(vendor.effects('C1')).toBe(1)
      expect(app.isClosed()).toBe(false)
    }),
  )

  test(
    'RDS-06: 5 s late: 503 within 3 s, no queue of sockets, and alive',
    onRedis(SOON, async (play) => {
      await expectSync(play.person, 'C2', 'Webinar EMEA')
      play.proxy.faults.latencyMs = 5_000
      await saysSo(play)
      expect(play.proxy.open()).toBeLessThan(8)
      play.proxy.heal()
      await backSoon(play, 'C1', 15_000)
    }),
  )

  test(
    'RDS-07: accepts and never answers, frozen or silent: 503 within 3 s, back within 5 s',
    onRedis(SOON, async (play) => {
      await expectSync(play.person, 'C2', 'Webinar EMEA')
      play.redis.freeze()
      await saysSo(play)
      play.redis.thaw()
      await backSoon(play)
      play.proxy.freeze()
      await saysSo(play)
      play.proxy.thaw()
      await backSoon(play, 'C3')
      expect(play.vendor.effects('C1')).toBe(1)
    }),
  )

  test(
    'RDS-09: the trip thrown out while the person is at the vendor: start again, nothing exchanged',
    onRedis({}, async ({ person, vendor, redis: { url } }) => {
      const tab = await toCallback(person, await toVendor(person, 'C1'))
      const [all = []] = await redis(url, ['KEYS', 'cs:auth:*'])
      await redis(url, ['DEL', ...[all].flat().map(String)])
      const page = await person.follow(tab)
      expectProblem(page, 400)
      expect(vendor.at('token')).toHaveLength(0)
      const filler = Array.from({ length: 300 }, (_, index) => [
        'SET',
        `fill:${index}`,
        'x'.repeat(20_000),
      ])
      const again = await toCallback(person, await toVendor(person, 'C1'))
      await redis(
        url,
        ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'],
        ['CONFIG', 'SET', 'maxmemory', '2mb'],
      )
      await redis(url, ...filler)
      expectProblem(await person.follow(again), 400)
      expect(vendor.at('token')).toHaveLength(0)
      await redis(url, ['CONFIG', 'SET', 'maxmemory', '0'], ['FLUSHALL'])
      await backSoon({ person })
    }),
  )

  test(
    'RDS-11: restarted empty: no 500 for anybody, and everybody can begin again',
    onRedis(SOON, async ({ app, visitor, redis: server, vendor }) => {
      const people = Array.from({ length: 10 }, () => visitor(app.url))
      await Promise.all(people.map((person) => sync(person, 'C1')))
      await server.kill()
      await server.restart()
      await vi.waitFor(
        async () => expect((await fetch(`${app.origin}/readyz`)).status).toBe(200),
        8_000,
      )
      for (const page of await Promise.all(people.map((person) => person.open('/campaigns/C1'))))
        expect(page.status).toBe(200)
      const ends = await Promise.all(people.map((person) => sync(person, 'C1')))
      expect(ends.map(told)).toEqual(ends.map(() => expect.stringContaining('synced.')))
      expect(vendor.effects('C1')).toBe(20)
    }),
  )

  test(
    'RDS-12: a failover to a replica without the last writes costs an approval at most, never a second push',
    onRedis(SOON, async ({ person, vendor, proxy, redis: primary, visitor, app }) => {
      const replica = await startRedisServer()
      const follow = ['REPLICAOF', '127.0.0.1', String(primary.port)]
      await redis(replica.url, follow)
      await expectSync(person, 'C2', 'Webinar EMEA')
      const [tab, fresh] = [
        await toCallback(person, await toVendor(person, 'C1')),
        visitor(app.url),
      ]
      const resumed = await fresh.follow(await toVendor(fresh, 'C3'), (next) =>
        next.pathname.endsWith('/sync'),
      )
      await expect
        .poll(() => redis(primary.url, ['WAIT', '1', '1000']), { timeout: 8_000 })
        .toEqual([1])
      await redis(replica.url, ['REPLICAOF', '127.0.0.1', String(await freePort())]) // from here on it gets nothing
      expect(told(await onward(person, await person.follow(tab)))).toContain('synced.')
      expect(told(await fresh.follow(resumed))).toContain('synced.')

      proxy.leadTo(replica.port)
      const sent = vendor.requests.length
      await vi.waitFor(
        async () => expect((await fetch(`${app.origin}/readyz`)).status).toBe(200),
        8_000,
      )
      expectProblem(await pressSync(fresh, 'C3'), 503) // READONLY: nothing is sent that cannot be written down
      expectProblem(await person.get('/connect/fake/C1?continue=1'), 503)
      expect(vendor.requests).toHaveLength(sent)
      await redis(replica.url, ['REPLICAOF', 'NO', 'ONE'])

      const back = visitor(app.url)
      await backSoon({ person: back }, 'C2')
      expectProblem(await person.follow(tab), 400) // the state is back, its token and "done" are lost
      expect(vendor.takeFaults()).toEqual(['token: code used twice'])
      expect(told(await fresh.follow(resumed))).toContain('synced.') // the push is not known: its key is used again
      expect([vendor.effects('C1'), vendor.effects('C3')]).toEqual([1, 1])
      await expectSync(person, 'C1', 'Spring launch')
      await replica.stop()
    }),
  )

  test(
    'RDS-14: full and not evicting: nobody leaves for the vendor, and Disconnect still works',
    onRedis(SOON, async (play) => {
      const {
        person,
        vendor,
        redis: { url },
      } = play
      await expectSync(person, 'C2', 'Webinar EMEA')
      await redis(url, ['CONFIG', 'SET', 'maxmemory', '1'])
      const requests = vendor.at('authorize').length
      expectProblem(await person.get('/connect/fake/C1?continue=1'), 503)
      expectProblem(await pressSync(person, 'C2'), 503) // nothing is sent when it cannot be written down
      expect([vendor.at('authorize').length, vendor.effects('C2')]).toEqual([requests, 1])
      await redis(url, ['CONFIG', 'SET', 'maxmemory', '0'])
      await expectSync(person, 'C3', 'Autumn sale')
      await redis(url, ['CONFIG', 'SET', 'maxmemory', '1'])
      expect((await person.post('/connections/fake/campaign:C2/disconnect', {})).status).toBe(303)
      expect((await person.post('/session/end', {})).status).toBe(303)
      expect([vendor.at('revoke').length, isKnown(person)]).toEqual([2, false])
      expect(await redis(url, ['KEYS', 'cs:tok:*'], ['KEYS', 'cs:sess:*'])).toEqual([[], []])
      await redis(url, ['CONFIG', 'SET', 'maxmemory', '0'])
      await backSoon(play)
    }),
  )

  test(
    'RDS-14: Disconnect and signing out while the store is away: 503, all is as before, and the next press does it',
    onRedis(SOON, async ({ person, vendor, proxy, app }) => {
      await expectSync(person, 'C1', 'Spring launch')
      const presses = ['/connections/fake/campaign:C1/disconnect', '/session/end']
      await proxy.down()
      for (const path of presses) expectProblem(await person.post(path, {}), 503)
      await proxy.up()
      await vi.waitFor(
        async () => expect((await fetch(`${app.origin}/readyz`)).status).toBe(200),
        8_000,
      )
      expect([vendor.at('revoke').length, isKnown(person)]).toEqual([0, true])
      for (const path of presses) expect((await person.post(path, {})).status).toBe(303)
      expect([vendor.at('revoke').length, isKnown(person)]).toEqual([1, false])
    }),
  )

  test(
    'RDS-15: keys of another type, cut, huge or of another version are a miss and no error',
    onRedis({}, async ({ person, vendor, redis: { url } }) => {
      const kinds = ['tok', 'intent', 'trip', 'auths', 'conn', 'accounts', 'push', 'rate', 'log']
      // Reading ten million on a busy machine takes longer than Redis is given: that is another case.
      const huge = process.env.FULL ? 10_000_000 : 2_000_000
      const junk = [
        (key: string) => [
          ['DEL', key],
          ['LPUSH', key, 'x'],
          ['EXPIRE', key, '600'],
        ],
        (key: string) => [['SET', key, '{"state":', 'EX', '600']],
        (key: string) => [
          ['DEL', key],
          ['HSET', key, 'a', 'b'],
          ['EXPIRE', key, '600'],
        ],
        (key: string) => [
          ['SET', key, 'x'.repeat(key.startsWith('cs:tok:') ? huge : 100_000), 'EX', '600'],
        ],
        (key: string) => [['SET', key, '{"version":99,"token":"x","owner":7}', 'EX', '600']],
      ]
      for (const [index, spoil] of junk.entries()) {
        await expectSync(person, 'C1', 'Spring launch')
        const [all = []] = await redis(url, ['KEYS', 'cs:*'])
        const keys = [all]
          .flat()
          .map(String)
          .filter((key) => kinds.some((kind) => key.startsWith(`cs:${kind}:`)))
        await redis(url, ...keys.flatMap(spoil))
        const page = await person.open('/campaigns/C1')
        expect([index, page.status]).toEqual([index, 200])
        expect([index, told(await sync(person, 'C1'))]).toEqual([
          index,
          expect.stringContaining('synced.'),
        ])
        await redis(url, ['FLUSHALL'])
      }
      expect(vendor.effects('C1')).toBe(10)
    }),
  )

  test(
    'RDS-16: wrong password, missing rights: said in a line, without the password',
    behindProxy({}, async ({ setup, redis: server }) => {
      const rights = ['on', '>s3cret-of-ann', '~*', '+@all', '-getdel']
      await redis(server.url, ['ACL', 'SETUSER', 'ann', ...rights])
      const start = async (REDIS_URL: string) => {
        const own = prepare({
          vendors: setup.vendors,
          environment: { REDIS_URL, PORT: String(await freePort()) },
        })
        const end = await startToFail(own, { ...own.environment, PUBLIC_URL: 'http://localhost:1' })
        own.remove()
        expect([end.code, end.stderr.trim().split('\n').length]).toEqual([1, 1])
        expect(end.stderr).not.toMatch(/s3cret/)
        return end.stderr
      }
      const at = `127.0.0.1:${server.port}`
      const [wrong, rightless] = await Promise.all([
        start(`redis://ann:s3cret-wrong@${at}`),
        start(`redis://ann:s3cret-of-ann@${at}`),
      ])
      expect(wrong).toContain('does not take this user name and password')
      expect(rightless).toMatch(/getdel/i)
    }),
  )

  test('RDS-16: TLS to a plain port, a CA nobody trusts, plain to TLS: listens, is not ready, and says why', async () => {
    const start = (
      url: (tls: Awaited<ReturnType<typeof inTls>>, port: number) => string,
      reason?: string,
    ) =>
      behindProxy({}, async ({ setup, redis: server, startProcess, visitor }) => {
        const tls = await inTls(server.port)
        const trust = reason === undefined && { NODE_EXTRA_CA_CERTS: tls.ca }
        Object.assign(setup.environment, { REDIS_URL: url(tls, server.port), ...trust })
        const app = await startProcess()
        if (reason === undefined) await expectSync(visitor(app.url), 'C1', 'Spring launch')
        else {
          expect((await fetch(`${app.origin}/readyz`)).status).toBe(503)
          const told = app
            .output()
            .split('\n')
            .find((line) => line.includes('store.error'))
          expect(told).toContain(reason)
        }
        expect(app.output()).not.toContain('s3cret')
        tls.close()
      })()
    await Promise.all([
      start(
        (_, port) => `rediss://:s3cret@localhost:${port}`,
        'does it speak TLS, as rediss:// in REDIS_URL',
      ),
      start(({ url }) => url, 'self-signed certificate'),
      start(
        ({ url }) => url.replace('rediss', 'redis'),
        'if it wants TLS, REDIS_URL begins with rediss://',
      ),
      start(({ url }) => url),
    ])
  })

  test(
    'RDS-17: LOADING, BUSY, MASTERDOWN, CLUSTERDOWN, TRYAGAIN, MISCONF, too many clients: 503, then back by itself',
    onRedis(SOON, async (play) => {
      const { person, vendor, proxy } = play
      await expectSync(person, 'C2', 'Webinar EMEA')
      for (const error of [
        'LOADING x',
        'BUSY x',
        'MASTERDOWN x',
        'CLUSTERDOWN x',
        'TRYAGAIN x',
        'MISCONF x',
      ]) {
        proxy.faults.command = () => `-${error}\r\n`
        await saysSo(play)
        proxy.heal()
        await backSoon(play, 'C3', 10_000)
      }
      proxy.faults.greeting = '-ERR max number of clients reached\r\n'
      proxy.reset()
      await saysSo(play)
      proxy.heal()
      await backSoon(play)
      expect([vendor.effects('C3'), vendor.effects('C1')]).toEqual([6, 1])
    }),
  )

  test(
    'RDS-17: answers of another kind than was asked for, as from a connection out of step: 503, nothing sent, then back',
    onRedis(SOON, async ({ person, vendor, proxy }) => {
      await expectSync(person, 'C2', 'Webinar EMEA')
      for (const answer of [':1', '+PONG', '*0', '*2\r\n:1\r\n_', '%1\r\n+a\r\n:1', '#t']) {
        proxy.faults.command = () => `${answer}\r\n`
        for (const path of ['/campaigns', '/campaigns/C1', '/oauth/fake/callback?code=a&state=b'])
          expect([answer, path, [200, 400, 503].includes((await person.get(path)).status)]).toEqual(
            [answer, path, true],
          )
        expect([answer, (await person.post('/campaigns/C1/sync', {})).status]).toEqual([
          answer,
          503,
        ])
      }
      proxy.heal()
      await backSoon({ person })
      expect([vendor.effects('C2'), vendor.effects('C1')]).toEqual([1, 1])
    }),
  )

  test(
    'RDS-09: the click or its access thrown out on the way back: said, asked for again, and done once',
    onRedis({}, async ({ app, visitor, vendor, redis: { url } }) => {
      const lose = async (kind: string) => {
        const [all = []] = await redis(url, ['KEYS', `cs:${kind}:*`])
        await redis(url, ['DEL', ...[all].flat().map(String)])
      }
      const [one, other] = [visitor(app.url), visitor(app.url)]
      const tab = await toCallback(one, await toVendor(one, 'C1'))
      await lose('intent')
      const asked = await one.follow(tab)
      expect(readPage(asked.body).heading).toBe('Sync Spring launch?')
      expect(told(await one.click(asked, 'Sync Spring launch'))).toContain('Spring launch synced.')
      const resumed = await other.follow(await toVendor(other, 'C2'), ({ pathname }) =>
        pathname.endsWith('/sync'),
      )
      await lose('tok')
      const gone = await other.follow(resumed)
      expect(told(gone)).toBe(
        'Access to Fake Ads was gone before it could be used. Nothing was synced.',
      )
      expect(told(await onward(other, await other.click(gone, 'Try again')))).toContain('synced.')
      expect([vendor.effects('C1'), vendor.effects('C2'), vendor.at('authorize').length]).toEqual([
        1, 1, 3,
      ])
    }),
  )

  test(
    'RDS-18: reset again and again: no crash, no sockets left over, and flows succeed after it',
    onRedis({ environment: { RATE_LIMIT: '0' } }, async (play) => {
      await expectSync(play.person, 'C2', 'Webinar EMEA')
      // The store's own, and those of the queue of runs, which come a little later.
      await vi.waitFor(() => expect(play.proxy.open()).toBeGreaterThan(2), {
        timeout: 15_000,
        interval: 20,
      })
      const sockets = play.proxy.open()
      const over = AbortSignal.timeout(4_000)
      const resetting = setInterval(play.proxy.reset, 200)
      while (!over.aborted) await play.person.post('/campaigns/C1/sync', {}).catch(() => {})
      clearInterval(resetting)
      await backSoon(play, 'C3', 6_000)
      expect(play.proxy.open()).toBeLessThanOrEqual(sockets + 1)
      expect(play.vendor.effects('C1')).toBeLessThanOrEqual(1)
    }),
  )

  test(
    'RDS-18: gone while the worker of runs asks for its first job: the process goes on, and so do syncs and runs when it is back',
    behindProxy(SOON, async ({ proxy, startProcess, visitor, vendor }) => {
      const asked = Promise.withResolvers<void>()
      proxy.faults.command = async (words) => {
        if (!words.some((word) => word.endsWith('{runs}:runs:active'))) return undefined
        proxy.heal()
        await proxy.down()
        asked.resolve()
        return ''
      }
      const app = await startProcess()
      await asked.promise
      await vi.waitFor(
        async () => expect((await fetch(`${app.origin}/readyz`)).status).toBe(503),
        8_000,
      )
      await proxy.up()
      await backSoon({ person: visitor(app.url) })
      expect(vendor.effects('C1')).toBe(1)
      const runner = visitor(app.url)
      await until(runner, (await startRun(runner)).id, 'done')
    }),
  )

  test(
    'RDS-20: every key has our prefix, nothing scans or flushes, and a neighbour’s keys stay',
    onRedis({}, async ({ person, proxy, redis: { url } }) => {
      await redis(url, ['SET', 'sess:x', 'theirs'], ['SET', 'log:fake:C1', 'theirs'])
      const seen: string[][] = []
      proxy.faults.command = (words) => void seen.push(words)
      await expectSync(person, 'C1', 'Spring launch')
      await person.open('/campaigns?search=a')
      await person.open('/connections')
      const names = new Set(seen.map(([name = '']) => name.toUpperCase()))
      for (const name of ['KEYS', 'SCAN', 'FLUSHALL', 'FLUSHDB', 'RANDOMKEY', 'DBSIZE'])
        expect(names).not.toContain(name)
      const keyed = seen.filter(([name = '']) =>
        /^(get|set|del|hset|hgetall|lpush|incr)/i.test(name),
      )
      expect(keyed.length).toBeGreaterThan(10)
      expect(keyed.filter(([, key = '']) => !key.startsWith('cs:'))).toEqual([])
      expect(
        await redis(
          url,
          ['GET', 'sess:x'],
          ['GET', 'log:fake:C1'],
          ['DEL', 'sess:x', 'log:fake:C1'],
        ),
      ).toEqual(['theirs', 'theirs', 2])
    }),
  )

  test(
    'RDS-21: in pieces of 1 to 3 bytes: everything works, only slower',
    onRedis({}, async ({ person, vendor, proxy }) => {
      proxy.faults.slice = { bytes: 3, everyMs: 0 }
      proxy.faults.latencyMs = 1
      await expectSync(person, 'C1', 'Spring launch')
      await expectSync(person, 'C1', 'Spring launch')
      expect(vendor.effects('C1')).toBe(2)
    }),
  )
})
