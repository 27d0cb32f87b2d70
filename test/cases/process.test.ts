// Process, deployment and time faults: PRC cases. What kill -9 does is in prc-kill.test.ts.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import type { Context } from '../../src/context.ts'
import { createSealer } from '../../src/store/seal.ts'
import { look, startRun, until } from '../support/app/runs.ts'
import { readPage } from '../support/browser/page.ts'
import { dial, exchange } from '../support/browser/wire.ts'
import {
  onward,
  pressSync,
  sync,
  toCallback,
  told,
  toVendor,
} from '../support/scene/authorization.ts'
import { expectSync, inScene, keysOf, withApp } from '../support/scene/cases.ts'
import type { Scene } from '../support/scene/scene.ts'

const SURPRISE = `--import ${join(import.meta.dirname, '..', 'support', 'app', 'preload', 'surprise.ts')}`

/** A push that the vendor has applied, whose answer it holds; `lost` is the press, or says that it was cut off. */
async function pushUnderWay({ startProcess, visitor, vendor }: Scene) {
  const app = await startProcess()
  const person = visitor(app.url)
  await expectSync(person, 'C1', 'Spring launch')
  const push = vendor.gate('api', 'after')
  const lost = pressSync(person, 'C1').catch(() => 'cut off')
  await push.arrived
  return { app, person, push, lost }
}

describe('told to stop', { concurrent: true, timeout: 60_000 }, () => {
  test(
    'PRC-01: SIGTERM in the middle of a callback: the token is stored and the redirect delivered',
    inScene({}, async ({ startProcess, visitor, vendor, dump }) => {
      const app = await startProcess()
      const person = visitor(app.url)
      const tab = await toCallback(person, await toVendor(person, 'C1'))
      const exchange = vendor.gate('token')
      const callback = person.follow(tab, (next) => next.pathname.endsWith('/sync'))
      await exchange.arrived
      const stopped = app.kill('SIGTERM')
      exchange.release()
      const answer = await callback
      expect([answer.status, await stopped]).toEqual([303, 0])
      expect(keysOf(await dump(), 'tok:')).toHaveLength(1)
      await startProcess({ port: app.port })
      expect(told(await onward(person, await person.follow(answer)))).toContain(
        'Spring launch synced.',
      )
      expect([vendor.at('token').length, vendor.effects('C1')]).toEqual([1, 1])
    }),
  )

  test(
    'PRC-02: SIGTERM: /readyz says 503 first, answers close their connections, idle ones are closed',
    inScene({ environment: { DRAIN_SECONDS: '2' } }, async ({ startProcess }) => {
      const app = await startProcess()
      const [idle, busy] = [await dial(app.origin), await dial(app.origin)]
      const closed = new Promise((resolve) => idle.resume().once('close', resolve))
      busy.destroy()
      const stopped = app.kill('SIGTERM')
      const ready = async () => expect((await fetch(`${app.origin}/readyz`)).status).toBe(503)
      await vi.waitFor(ready, { timeout: 1_800, interval: 20 })
      const head = 'GET /campaigns HTTP/1.1\r\nHost: localhost\r\n\r\n'
      expect(await exchange(app.origin, head)).toMatch(/HTTP\/1\.1 200[\s\S]*?connection: close/i)
      expect(await stopped).toBe(0)
      await closed
      await expect(dial(app.origin)).rejects.toThrow()
    }),
  )

  test(
    'PRC-12: a push that does not end does not keep the process: it is gone within the 10 s of docker stop',
    inScene({}, async (scene) => {
      const { startProcess, vendor } = scene
      const { app, person, push, lost } = await pushUnderWay(scene)
      const started = performance.now()
      expect(await app.kill('SIGTERM')).toBe(1)
      expect(performance.now() - started).toBeLessThan(10_000)
      expect(await lost).toBe('cut off')
      expect(app.output()).toMatch(/"requests":1,"msg":"stop.cut-off"/)
      push.release()
      await startProcess({ port: app.port })
      await expectSync(person, 'C1', 'Spring launch')
      expect(vendor.effects('C1')).toBe(2)
    }),
  )
})

describe('told to stop by a second Ctrl-C', { concurrent: true, timeout: 60_000 }, () => {
  test(
    'a request that is cut off is in the log and in the exit code',
    inScene({}, async (scene) => {
      const { app, push, lost } = await pushUnderWay(scene)
      app.child.kill('SIGINT')
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect([await app.kill('SIGINT'), await lost]).toEqual([130, 'cut off'])
      expect(app.output()).toMatch(/"requests":1,"msg":"stop.cut-off"/)
      push.release()
    }),
  )

  test(
    'without a request under way one Ctrl-C ends it with 0',
    inScene({}, async ({ startProcess }) => {
      const app = await startProcess()
      expect(await app.kill('SIGINT')).toBe(0)
      expect(app.output()).not.toContain('stop.cut-off')
    }),
  )
})

describe('surprises', { concurrent: true, timeout: 60_000 }, () => {
  test.each(['throw', 'reject'])(
    'PRC-10: an error that nobody caught (%s) ends the process, and the next one goes on',
    (kind) =>
      inScene(
        { environment: { NODE_OPTIONS: SURPRISE, SURPRISE: kind }, surprised: true },
        async ({ startProcess, visitor, vendor }) => {
          const app = await startProcess()
          const person = visitor(app.url)
          const push = vendor.gate('api', 'after')
          const lost = sync(person, 'C1').catch(() => 'cut off')
          await push.arrived
          app.child.kill('SIGUSR2')
          expect([await app.ended, await lost]).toEqual([1, 'cut off'])
          expect(app.output()).toMatch(/"msg":"surprise"/)
          push.release()
          await startProcess({ port: app.port })
          await expectSync(person, 'C1', 'Spring launch')
          expect(vendor.effects('C1')).toBe(1)
        },
      )(),
  )

  test.each([3_600_000, -3_600_000])(
    'PRC-13: the clock jumps by %s ms: nothing breaks, nothing is doubled',
    (ms) =>
      inScene(
        { environment: { NODE_OPTIONS: SURPRISE, SURPRISE: `clock:${ms}` } },
        async ({ startProcess, visitor, vendor }) => {
          const app = await startProcess()
          const person = visitor(app.url)
          await expectSync(person, 'C1', 'Spring launch')
          const tab = await toCallback(person, await toVendor(person, 'C2'))
          app.child.kill('SIGUSR2')
          await fetch(`${app.origin}/healthz`)
          const end = await onward(person, await person.follow(tab))
          expect([200, 400]).toContain(end.status)
          await expectSync(person, 'C1', 'Spring launch')
          expect(vendor.effects('C1')).toBe(2)
          if (ms > 0)
            expect(vendor.at('api', 'C1').every((push) => push.headers.authorization)).toBe(true)
          vendor.takeFaults()
        },
      )(),
  )

  test(
    'nobody reads standard output any more: lines are lost, people are served, and SIGTERM is heard',
    inScene({}, async ({ startProcess, visitor }) => {
      const app = await startProcess()
      app.child.stdout.pause()
      for (let asked = 0; asked < 600; asked++)
        expect((await fetch(`${app.origin}/campaigns/C9`, { headers: { host: 'x' } })).status).toBe(
          404,
        )
      await expectSync(visitor(app.url), 'C1', 'Spring launch')
      app.child.kill('SIGTERM')
      app.child.stdout.resume()
      expect(await app.ended).toBe(0)
    }),
  )

  test(
    'PRC-14: without file descriptors for all, connections wait or are refused, and the app recovers',
    inScene({}, async ({ startProcess, visitor }) => {
      const app = await startProcess()
      const person = visitor(app.url)
      await expectSync(person, 'C1', 'Spring launch')
      execFileSync('prlimit', ['--pid', String(app.child.pid), '--nofile=64:64'])
      const many = await Promise.all(
        Array.from({ length: 200 }, () => dial(app.origin).catch(() => undefined)),
      )
      for (const socket of many) socket?.destroy()
      await vi.waitFor(() => expectSync(person, 'C2', 'Webinar EMEA'), {
        timeout: 20_000,
        interval: 200,
      })
    }),
  )

  test(
    'PRC-17: a tab closed during a push: it ends and is written down, and the page shows it',
    withApp({}, async ({ app, person, vendor, dump }) => {
      await expectSync(person, 'C1', 'Spring launch')
      const push = vendor.gate('api')
      const body = 'click=abcdefghijklmnopqrstuvwxyz'
      const head = `POST /campaigns/C1/sync HTTP/1.1\r\nHost: ${new URL(app.url).host}\r\nCookie: ${person.jar.header(new URL(app.url))}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`
      const tab = await dial(app.origin)
      tab.write(head)
      await push.arrived
      tab.destroy()
      push.release()
      const written = async () => {
        const log = keysOf(await dump(), 'log:').map(({ value }) => value)
        expect(log.join().match(/kind/g)).toHaveLength(2)
      }
      await vi.waitFor(written, { timeout: 5_000, interval: 50 })
      expect(readPage((await person.open('/campaigns/C1')).body).text).toMatch(/synced\.|Synced/)
      expect(vendor.effects('C1')).toBe(2)
    }),
  )

  test(
    'PRC-09: fields that an older or newer version did not write, or wrote in addition, are borne',
    withApp({}, async ({ app, person, vendor, dump }) => {
      await expectSync(person, 'C1', 'Spring launch')
      const tab = await toCallback(person, await toVendor(person, 'C2'))
      for (const { key, value } of await dump()) {
        if (!/^(sess|intent|trip):/.test(key)) continue
        const stored: unknown = JSON.parse(value)
        const {
          connected: _,
          approved,
          ...rest
        } = Object.assign({ connected: 0, approved: false }, stored)
        const newer = {
          ...rest,
          ...(key.startsWith('intent:') && { approved }),
          version: 99,
          added: { by: 'newer' },
        }
        await app.context.store.set(key, JSON.stringify(newer), { expiration: 'KEEPTTL' })
      }
      expect(told(await onward(person, await person.follow(tab)))).toContain('Webinar EMEA synced.')
      expect(told(await onward(person, await sync(person, 'C1')))).toContain(
        'Spring launch synced.',
      )
      expect([vendor.effects('C1'), vendor.effects('C2')]).toEqual([2, 1])
    }),
  )

  test(
    'PRC-09: a newer version’s additions to every stored value, sealed or not, are borne',
    withApp({}, async ({ app, person, vendor, dump }) => {
      await expectSync(person, 'C1', 'Spring launch')
      const { id } = await startRun(person, { ids: 'C3' })
      await until(person, id, 'done')
      const tab = await toCallback(person, await toVendor(person, 'C2'))
      const written = new Set<string>()
      for (const { key, value } of await dump())
        if (await addTo(app.context, key, value)) written.add(key.split(':')[0] ?? '')
      const kinds = [
        'accepted',
        'accounts',
        'auth',
        'conn',
        'intent',
        'log',
        'run',
        'sess',
        'tok',
        'trips',
      ]
      expect([...written].sort()).toEqual(kinds)
      const connections = readPage((await person.open('/connections')).body).text
      expect(connections).toContain('Spring launch')
      expect((await look(person, id)).sent).toBe(1)
      expect(told(await onward(person, await person.follow(tab)))).toContain('Webinar EMEA synced.')
      expect(told(await person.follow(await pressSync(person, 'C1')))).toContain(
        'Spring launch synced.',
      )
      expect([vendor.effects('C1'), vendor.effects('C2')]).toEqual([2, 1])
      expect(vendor.at('authorize').length).toBe(3) // the run’s, and one for each of the two
    }),
  )

  test(
    'PRC-11: a slow vendor and 5 MB of its JSON do not hold up other pages',
    inScene({}, async ({ startProcess, visitor, vendor }) => {
      const app = await startProcess()
      const person = visitor(app.url)
      await expectSync(person, 'C2', 'Webinar EMEA')
      vendor.script('api', [
        { body: { x: 'y'.repeat(5_000_000) } },
        { body: { x: Array(400_000).fill(1) } },
        { delayMs: 800 },
      ])
      let over = false
      const push = sync(person, 'C1').finally(() => {
        over = true
      })
      const times: number[] = []
      while (!over) {
        const started = performance.now()
        expect((await fetch(`${app.origin}/healthz`)).status).toBe(200)
        times.push(performance.now() - started)
      }
      await push
      const typical = times.sort((a, b) => a - b)[Math.floor(times.length * 0.9)] ?? 0
      expect(typical).toBeLessThan(200)
    }),
  )
})

const NEWER = { version: 99, added: { by: ['newer'] } }

/** Adds fields to a stored value as a newer version might; false for what is no object. */
async function addTo({ config, store }: Context, key: string, value: string): Promise<boolean> {
  const sealer = createSealer(config.encryptionKeys)
  const expiration = 'KEEPTTL' as const
  const kind = /^\{/.test(value) ? JSON.parse(value) : await sealer.open(key, value)
  if (/^log:\w+:/.test(key)) {
    const [last = ''] = z.array(z.string()).parse(JSON.parse(value))
    return (await store.lPush(key, JSON.stringify({ ...JSON.parse(last), ...NEWER }))) > 0
  }
  if (typeof kind !== 'object' || kind === null) return false
  if (/^(conn|accounts|run|trips):/.test(key)) {
    for (const [field, text] of Object.entries(kind))
      if (String(text).startsWith('{'))
        await store.hSet(key, field, JSON.stringify({ ...JSON.parse(String(text)), ...NEWER }))
    await store.hSet(key, 'added', JSON.stringify(NEWER))
  } else {
    const newer = { ...kind, ...NEWER }
    const text = value.startsWith('{') ? JSON.stringify(newer) : await sealer.seal(key, newer)
    await store.set(key, text, { expiration })
  }
  return true
}
