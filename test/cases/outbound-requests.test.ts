// Requests the app makes: SSR cases. It calls the addresses of its vendor files and nothing else, whatever anybody says.
import { hash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTls } from 'node:https'
import { createServer as createTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { makeCertificate } from '../support/app/certificates.ts'
import { listen } from '../support/app/listen.ts'
import { CAMPAIGNS } from '../support/app/setup.ts'
import { exchange, statuses } from '../support/browser/wire.ts'
import { pressSync, sync, told } from '../support/scene/authorization.ts'
import {
  expectProblem,
  expectSecondTry,
  expectSync,
  inScene,
  keysOf,
  withApp,
} from '../support/scene/cases.ts'
import type { Step } from '../support/vendor/misbehave.ts'

/** A server nobody has any business with. */
async function startEvil() {
  let requests = 0
  const server = createServer((_req, res) => {
    requests += 1
    res.end()
  })
  const port = await listen(server)
  return {
    url: `http://127.0.0.1:${port}/x`,
    requests: () => requests,
    close: () => server.close(),
  }
}

describe('outbound requests', { concurrent: true, timeout: 40_000 }, () => {
  test('SSR-01: a token endpoint that redirects is not followed', async () => {
    const evil = await startEvil()
    await withApp({}, async (play) => {
      for (const status of [301, 302, 303, 307, 308]) {
        play.vendor.script('token', [{ status, headers: { location: evil.url }, body: '' }])
        expectProblem(await sync(play.person, 'C1'), 502)
      }
      expect(keysOf(await play.dump(), 'tok:')).toEqual([])
      expect([evil.requests(), play.vendor.at('token').length]).toEqual([0, 5])
      await expectSync(play.person, 'C1', 'Spring launch')
    })()
    evil.close()
  })

  test(
    'SSR-06: campaign ids that climb are not found, and nobody is asked',
    withApp({}, async ({ app, vendor }) => {
      for (const id of [
        '..',
        '.',
        '%2e%2e',
        '..%2f..%2fadmin',
        'a%2f..%2f..%2fusers',
        'C1%00',
        'C1%2f',
      ])
        for (const line of [`POST /campaigns/${id}/sync`, `GET /connect/fake/${id}`]) {
          const head = `${line} HTTP/1.1\r\nHost: ${new URL(app.url).host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
          expect([400, 404, 405]).toContain(statuses(await exchange(app.origin, head))[0])
        }
      expect(vendor.requests).toEqual([])
    }),
  )

  test('SSR-07: a field of a campaign in the vendor’s path stays one segment, and dots alone are refused', async () => {
    const file = { api: { push: { path: '/api/campaigns/${campaign.vendorId}' } } }
    await inScene({ file }, async ({ setup, vendor, startApp, visitor }) => {
      const ids = ['x?admin=1#', 'x/../../y', '@evil.test', '//evil.test', '..', '.']
      const campaigns = ids.map((vendorId, index) => ({
        ...CAMPAIGNS[0],
        id: `V${index}`,
        vendorId,
      }))
      writeFileSync(setup.environment.CAMPAIGNS ?? '', JSON.stringify(campaigns))
      const app = await startApp()
      const person = visitor(app.url)
      for (const [index, id] of ids.entries()) {
        const pressed = await person.post(
          `/campaigns/V${index}/sync`,
          {},
          { 'sec-fetch-dest': null },
        )
        await person.follow(pressed)
        const paths = vendor.requests
          .filter(({ method }) => method === 'PUT')
          .map(({ url }) => url.href)
        expect(paths.every((path) => path.startsWith(`${vendor.url}/api/campaigns/`))).toBe(true)
        if (id.startsWith('.')) expect(paths.some((path) => path.endsWith('/'))).toBe(false)
      }
      vendor.takeFaults()
    })()
  })

  test('SSR-08: places the API names in its answer are not visited', async () => {
    const evil = await startEvil()
    await withApp({}, async (play) => {
      const body = { id: 'x', next: evil.url, _links: { self: evil.url } }
      play.vendor.script('api', [{ status: 201, headers: { location: evil.url }, body }])
      expect(told(await sync(play.person, 'C1'))).toContain('synced.')
      play.vendor.always('api', { status: 307, headers: { location: evil.url }, body: '' })
      expect(told(await sync(play.person, 'C1'))).toContain('don’t know')
      expect(evil.requests()).toBe(0)
    })()
    evil.close()
  })

  test('SSR-11: an answer nobody asked for never becomes another person’s', async () => {
    for (const delay of [0, 1, 50]) await unsolicited(delay)
  })

  test('SSR-12: answers that are no HTTP, or too much of it, are the vendor’s trouble; its cookies stay here', async () => {
    const many = (line: string, count: number) => line.repeat(count)
    const raws = [
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
      `${many('HTTP/1.1 100 Continue\r\n\r\n', 200)}`,
      'garbage of an older age\r\n\r\n',
      `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(200_000)}\r\n\r\n{}`,
    ]
    const cookies = Array.from({ length: 500 }, (_, index) => `c${index}=1`)
    const steps: Step[] = [
      ...raws.map((raw): Step => ({ raw })),
      { headers: { 'set-cookie': cookies }, status: 500 },
    ]
    await Promise.all(
      steps.map((step) =>
        withApp({}, async (play) => {
          play.vendor.script('token', [step])
          const page = await sync(play.person, 'C1')
          expectProblem(page, [502, 504])
          await expectSecondTry(play, page)
          expect(play.person.jar.names()).toEqual(['campaign-sync'])
        })(),
      ),
    )
  })

  test('SSR-13: a proxy in the environment is not used: this app has no setting for one', async () => {
    const evil = await startEvil()
    const environment = { HTTP_PROXY: evil.url, HTTPS_PROXY: evil.url, http_proxy: evil.url }
    await inScene({ environment }, async (scene) => {
      const app = await scene.startProcess()
      await expectSync(scene.visitor(app.url), 'C1', 'Spring launch')
      expect(evil.requests()).toBe(0)
    })()
    evil.close()
  })
})

/**
 * A raw vendor API that sends a second answer on its kept-alive socket, `delay` ms after the first. Each answer names
 * the campaign and the token it was for.
 */
async function unsolicited(delay: number): Promise<void> {
  const say = (id: string) => {
    const body = JSON.stringify({ id })
    return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  }
  const server = createTcp((socket) => {
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      const campaign = /campaigns\/(\w+)/.exec(String(chunk))?.[1]
      const token = /bearer (\S+)/i.exec(String(chunk))?.[1]
      if (!campaign || !token) return
      const id = `${campaign}-${hash('sha256', token)}`
      socket.write(say(id))
      if (delay === 0) socket.write(say(id))
      else setTimeout(() => socket.write(say(id)), delay)
    })
  })
  const port = await listen(server)
  const api = { baseUrl: `http://127.0.0.1:${port}`, account: undefined }
  await withApp({ file: { api } }, async ({ app, visitor, dump }) => {
    const people = [visitor(app.url), visitor(app.url)]
    for (const person of [...people, ...people, ...people]) await pressAll(person)
    const intents = keysOf(await dump(), 'intent:').map(({ key, value }) => ({
      key,
      ...JSON.parse(String(value)),
    }))
    const told = intents.map(
      ({ key, campaign, result }) => `${/\{.*\}/.exec(key)} ${campaign} ${result.externalId}`,
    )
    expect(
      intents.every(({ campaign, result }) => result.externalId.startsWith(`${campaign}-`)),
    ).toBe(true)
    expect(new Set(told).size).toBe(4) // two people, two campaigns: one token each
  })()
  server.close()
}

async function pressAll(
  person: ReturnType<Parameters<Parameters<typeof withApp>[1]>[0]['visitor']>,
) {
  for (const id of ['C1', 'C2']) await sync(person, id).catch(() => pressSync(person, id))
}

describe('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('SSR-09: certificates that are expired, self-signed or of another host, and TLS 1.0: nothing is sent', async () => {
    const made = {
      stranger: makeCertificate(folder, 'stranger'),
      other: makeCertificate(folder, 'other', 'other.test'),
      expired: makeCertificate(folder, 'expired', 'localhost', true),
      good: makeCertificate(folder, 'good'),
    }
    const trusted = [made.other, made.expired, made.good].map(({ cert }) => cert.toString())
    writeFileSync(join(folder, 'trusted.pem'), trusted.join('\n'))
    const seen: string[] = []
    for (const [name, options, reason] of [
      ['stranger', {}, 'SELF_SIGNED'],
      ['other', {}, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      ['expired', {}, 'CERT_HAS_EXPIRED'],
      [
        'good',
        { maxVersion: 'TLSv1', minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' },
        'ERR_SSL',
      ],
      ['good', {}, undefined],
    ] as const) {
      const server = createTls({ ...made[name], ...options }, (req, res) => {
        seen.push(`${name} ${req.url}`)
        res.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}')
      })
      const port = await listen(server)
      const file = { token: { url: `https://localhost:${port}/token` } }
      const environment = { NODE_EXTRA_CA_CERTS: join(folder, 'trusted.pem') }
      await inScene({ file, environment }, async (scene) => {
        const app = await scene.startProcess()
        const page = await sync(scene.visitor(app.url), 'C1')
        expectProblem(page, reason === undefined ? 400 : 502)
        if (reason !== undefined) expect(app.output()).toContain(reason)
      })()
      server.close()
      server.closeAllConnections()
    }
    expect(seen).toEqual(['good /token'])
  }, 60_000)
})
