// Load, connections and limits: LOD cases. Slow, large and many: the others do not notice.
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { withoutChoices } from '../support/browser/page.ts'
import { dial, exchange, statuses } from '../support/browser/wire.ts'
import { sync, syncButton, told } from '../support/scene/authorization.ts'
import { expectSync, inScene, withApp } from '../support/scene/cases.ts'

/** In full each takes all of the machine, and would be the load of the one beside it. */
const concurrent = process.env.FULL === undefined

const host = (url: string) => `Host: ${new URL(url).host}`

describe('the real server', { concurrent, timeout: 60_000 }, () => {
  test(
    'LOD-02: two hundred clients that drip their headers are let go within 20 s, and hurt nobody',
    inScene({}, async ({ startProcess, visitor }) => {
      const app = await startProcess()
      const started = performance.now()
      const slow = await drip(app.origin, 200, 'GET / HTTP/1.1\r\nX: ')
      await expectSync(visitor(app.url), 'C1', 'Spring launch')
      await slow.closed
      expect(performance.now() - started).toBeLessThan(25_000)
    }),
  )

  test(
    'LOD-03: bodies that drip are cut off, and who does not read does not fill our memory',
    inScene({}, async ({ startProcess, visitor }) => {
      const app = await startProcess()
      const head = `POST /campaigns/C1/sync HTTP/1.1\r\n${host(app.url)}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9000\r\n\r\n`
      const slow = await drip(app.origin, 20, head)
      await expectSync(visitor(app.url), 'C1', 'Spring launch')
      // 20 clients that ask for 500 MB in all and read nothing: what the kernel does not take is not made.
      const asked = `GET /campaigns HTTP/1.1\r\n${host(app.url)}\r\n\r\n`.repeat(3_000)
      const deaf = await Promise.all(Array.from({ length: 20 }, () => dial(app.origin)))
      for (const one of deaf) one.pause().write(asked)
      await expectSync(visitor(app.url), 'C1', 'Spring launch')
      await slow.closed
      expect(memoryOf(app.child.pid)).toBeLessThan(700) // it was 2000 and more
      for (const one of deaf) one.destroy()
    }),
  )

  test(
    'LOD-14: a thousand idle connections (FULL=1: 5000) leave room for the next, and outlive a load balancer’s',
    inScene({}, async ({ startProcess, visitor }) => {
      const app = await startProcess()
      const idle = await Promise.all(
        Array.from({ length: process.env.FULL ? 5_000 : 1_000 }, () => dial(app.origin)),
      )
      await expectSync(visitor(app.url), 'C1', 'Spring launch')
      const answer = await exchange(
        app.origin,
        `GET /healthz HTTP/1.1\r\n${host(app.url)}\r\n\r\n`,
        500,
      )
      expect(Number(/keep-alive: timeout=(\d+)/i.exec(answer)?.[1])).toBeGreaterThan(60)
      for (const socket of idle) socket.destroy()
    }),
  )
})

describe('limits', { concurrent, timeout: 60_000 }, () => {
  test(
    'LOD-05: headers of 17 KB or a hundred and more are 431, and the app goes on',
    withApp({}, async ({ app, person }) => {
      const ask = async (lines: string) => {
        const answer = await exchange(
          app.origin,
          `GET /campaigns HTTP/1.1\r\n${host(app.url)}\r\nConnection: close\r\n${lines}\r\n`,
        )
        return statuses(answer)[0]
      }
      expect(await ask('')).toBe(200)
      expect(await ask(`X-A: ${'a'.repeat(17_000)}\r\n`)).toBe(431)
      expect(await ask(`Cookie: campaign-sync=${'a'.repeat(17_000)}\r\n`)).toBe(431)
      expect(
        await ask(Array.from({ length: 1_500 }, (_, index) => `x${index}: 1\r\n`).join('')),
      ).toBe(431)
      await expectSync(person, 'C1', 'Spring launch')
    }),
  )

  test(
    'LOD-06: who loops on connect gets 429 with Retry-After; others and the vendor do not notice',
    withApp({ environment: { RATE_LIMIT: '20' } }, async ({ app, person, visitor, vendor }) => {
      await expectSync(person, 'C1', 'Spring launch')
      const answers = []
      for (let count = 0; count < 60; count++) answers.push(await person.get('/connect/fake/C1'))
      const limited = answers.filter(({ status }) => status === 429)
      expect(limited.length).toBeGreaterThanOrEqual(20)
      for (const { headers } of limited)
        expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60)
      const nobody = []
      for (let count = 0; count < 60; count++)
        nobody.push((await fetch(`${app.url}/connect/fake/C1`, { redirect: 'manual' })).status)
      expect(nobody.filter((status) => status === 429).length).toBeGreaterThanOrEqual(20)
      const sent = vendor.requests.length
      const other = visitor(app.url)
      const page = await other.get('/campaigns/C2')
      expect([page.status, vendor.requests.length]).toEqual([200, sent])
    }),
  )

  test(
    'LOD-08: a slow vendor gets as many calls at once as it has places; pages stay quick',
    withApp(
      { file: { tokenPer: 'session' }, environment: { RATE_LIMIT: '0' } },
      async ({ app, visitor, vendor, person }) => {
        const people = Array.from({ length: 40 }, () => visitor(app.url))
        await Promise.all(people.map((one) => sync(one, 'C1')))
        let [now, most] = [0, 0]
        vendor.script(
          'api',
          Array.from({ length: 400 }, () => ({ delayMs: 1_500 })),
        )
        const watch = setInterval(() => {
          now = vendor.open()
          most = Math.max(most, now)
        }, 20)
        const pages = await Promise.all(people.map((one) => one.open('/campaigns')))
        const ids = ['C1', 'C2', 'C3', '701Qy00000Ky9PfIAJ']
        const clicks = pages.flatMap((page, index) =>
          ids.map((id) => people[index]?.click(page, syncButton(id))),
        )
        const list = await person.open('/campaigns')
        expect([list.status, list.ms < 8_000]).toEqual([200, true])
        const ends = await Promise.all(clicks)
        clearInterval(watch)
        for (const end of ends) expect(end && told(end)).toMatch(/synced|not answering|waiting/)
        expect(most).toBeLessThanOrEqual(66)
      },
    ),
  )

  test(
    'LOD-09: requests that two readers could read differently are refused, and nothing after them is done',
    withApp({}, async ({ app, vendor }) => {
      const own = host(app.url)
      const next = `POST /campaigns/C1/sync HTTP/1.1\r\n${own}\r\nContent-Length: 0\r\n\r\n`
      const heads = [
        `POST /campaigns/C1/sync HTTP/1.1\r\n${own}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        `POST /campaigns/C1/sync HTTP/1.1\r\n${own}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
        `POST /campaigns/C1/sync HTTP/1.1\r\n${own}\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
        `POST /campaigns/C1/sync HTTP/1.1\r\n${own}\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n`,
        `POST /campaigns/C1/sync HTTP/1.1\r\n${own}\r\nContent-Length: -1\r\n\r\n`,
        `GET /campaigns HTTP/1.1\n${own}\n\n`,
        `GET /campaigns HTTP/1.1\r\n${own}\r\nX-A: a\r\n b\r\n\r\n`,
        `GET /campaigns HTTP/1.1\r\n${own}\r\nHost: evil.test\r\n\r\n`,
        `GET /campaigns HTTP/1.1\r\n${own}\r\nX-A : a\r\n\r\n`,
        'GET /campaigns HTTP/1.1\r\n\r\n',
      ]
      for (const head of heads) {
        const answers = statuses(await exchange(app.origin, head + next))
        expect([head, answers]).toEqual([head, [400]])
      }
      expect(vendor.requests).toEqual([])
    }),
  )

  test(
    'LOD-11: a thousand requests of two people on one connection are answered in order, each with its own',
    withApp({ environment: { RATE_LIMIT: '0' } }, async ({ app, visitor }) => {
      const people = [visitor(app.url), visitor(app.url)]
      await Promise.all(people.map((person, index) => sync(person, index === 0 ? 'C1' : 'C2')))
      const cookies = people.map((person) => person.jar.header(new URL(app.url)))
      const count = process.env.FULL ? 10_000 : 600
      const requests = Array.from({ length: count }, (_, index) => {
        const close = index === count - 1 ? 'Connection: close\r\n' : ''
        return `GET /connections HTTP/1.1\r\n${host(app.url)}\r\nCookie: ${cookies[index % 2]}\r\n${close}\r\n`
      })
      const answers = (await exchange(app.origin, requests.join(''), 30_000))
        .split('HTTP/1.1 200')
        .slice(1)
      expect(answers).toHaveLength(count)
      for (const [index, answer] of answers.entries()) {
        const [own, foreign] =
          index % 2 === 0 ? ['Spring launch', 'Webinar EMEA'] : ['Webinar EMEA', 'Spring launch']
        const said = withoutChoices(answer)
        if (!said.includes(own) || said.includes(foreign))
          throw new Error(`answer ${index} is somebody else's`)
      }
    }),
  )

  test(
    'LOD-12: paths made to be slow are quick',
    withApp({}, async ({ app, person }) => {
      const paths = [
        'a/'.repeat(5_000),
        '%2f'.repeat(4_000),
        'a'.repeat(12_000),
        '%'.repeat(9_000),
        '../'.repeat(4_000),
      ]
      for (const path of paths.flatMap((tail) => [
        `/campaigns/${tail}`,
        `/connect/${tail}`,
        `/${tail}sync`,
      ])) {
        const head = `GET ${path} HTTP/1.1\r\n${host(app.url)}\r\nConnection: close\r\n\r\n`
        let best = Number.POSITIVE_INFINITY
        // The machine may be busy once; a pattern that runs away is slow each time.
        for (let round = 0; round < 4 && best > 1_000; round++) {
          const started = performance.now()
          expect(await exchange(app.origin, head)).toMatch(/^HTTP\/1\.1 4\d\d/)
          best = Math.min(best, performance.now() - started)
        }
        expect(best).toBeLessThan(1_000)
      }
      expect((await person.open('/campaigns')).status).toBe(200)
    }),
  )
})

/** MB of a process that are in memory. */
function memoryOf(pid: number | undefined): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/** Connections that send a byte a second; `closed` when the far end has let go of all of them. */
async function drip(origin: string, count: number, head: string) {
  const sockets: Socket[] = await Promise.all(Array.from({ length: count }, () => dial(origin)))
  // A reset is an end like any other; `once` would take it for a failure.
  const ended = (socket: Socket) => new Promise((resolve) => socket.resume().once('close', resolve))
  const closed = Promise.all(sockets.map(ended))
  for (const socket of sockets) socket.write(head)
  const timer = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('a')
  }, 1_000)
  return { closed: closed.finally(() => clearInterval(timer)) }
}
