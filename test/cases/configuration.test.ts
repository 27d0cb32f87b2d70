// Configuration errors at start: CFG cases, with the real process and what it says on its way out.
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startToFail } from '../support/app/app-process.ts'
import { freePort } from '../support/app/free-port.ts'
import type { Environment } from '../support/app/setup.ts'
import { expectSync, inScene } from '../support/scene/cases.ts'
import type { Scene } from '../support/scene/scene.ts'

const PUBLIC = 'https://sync.example.com'

/** Starts with these changes ('' is unset) and gives up: soon, with a line for each name, and none of the values. */
async function refuses({ setup }: Scene, change: Environment, names: string[]) {
  const port = await freePort()
  const environment = {
    ...setup.environment,
    NODE_ENV: 'production',
    PUBLIC_URL: PUBLIC,
    PORT: String(port),
    ...change,
  }
  const { code, stdout, stderr, ms } = await startToFail(setup, environment)
  expect([code, stdout]).toEqual([1, ''])
  expect(ms).toBeLessThan(15_000)
  const lines = stderr.trim().split('\n')
  for (const name of names) expect(lines.filter((line) => line.includes(name))).toHaveLength(1)
  expect(lines).toHaveLength(names.length)
  const secrets = Object.entries(change).filter(
    ([name, value]) => /SECRET|KEY/.test(name) && value.length > 4,
  )
  for (const [, value] of secrets) expect(stderr).not.toContain(value)
  const socket = connect(port, '127.0.0.1')
  await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED')
}

const refusing = (all: [Environment, string[]][]) =>
  inScene({}, async (scene) => {
    for (const [change, names] of all) await refuses(scene, change, names)
  })

describe('settings', { concurrent: true, timeout: 60_000 }, () => {
  const all = {
    FAKE_CLIENT_ID: '',
    FAKE_CLIENT_SECRET: '',
    SESSION_SECRET: '',
    ENCRYPTION_KEYS: '',
    PUBLIC_URL: '',
  }

  test(
    'CFG-01: what is missing is named, all of it at once, and addresses of a vendor file as well',
    inScene({}, async (scene) => {
      await refuses(scene, all, Object.keys(all))
      await refuses(scene, { SESSION_SECRET: '' }, ['SESSION_SECRET'])
      const file = join(scene.setup.folder, 'none.json')
      writeFileSync(
        file,
        JSON.stringify({
          id: 'fake',
          name: 'Fake',
          authorize: { url: 'https://fake.test' },
          token: { url: 'https://fake.test' },
          api: {},
        }),
      )
      await refuses(scene, { VENDORS: file }, ['api.baseUrl'])
    }),
  )

  test(
    'CFG-02: secrets that can be guessed are refused',
    refusing(
      ['changeme', 'a'.repeat(40), '        '].map((SESSION_SECRET) => [
        { SESSION_SECRET },
        ['SESSION_SECRET'],
      ]),
    ),
  )

  test(
    'CFG-03: http to anybody but this machine is refused',
    refusing([[{ PUBLIC_URL: 'http://app.example' }, ['PUBLIC_URL']]]),
  )

  test(
    'CFG-05: addresses that are not an origin are refused; a space or slash at the end is forgiven',
    inScene({}, async (scene) => {
      for (const PUBLIC_URL of [
        '/x',
        `${PUBLIC}/#x`,
        `${PUBLIC}//x`,
        'https://sÿnc.test',
        `${PUBLIC}:99999`,
      ])
        await refuses(scene, { PUBLIC_URL }, ['PUBLIC_URL'])
      const fine = await check(scene, { PUBLIC_URL: `${PUBLIC}/ ` })
      expect([fine.code, fine.stdout]).toEqual([
        0,
        expect.stringContaining(`${PUBLIC}/oauth/fake/callback`),
      ])
    }),
  )

  test(
    'CFG-07: secrets from files: not there, unreadable or empty are named, line ends are forgiven',
    inScene({}, async (scene) => {
      const { folder, secrets } = scene.setup
      const file = join(folder, 'secret')
      const fromFile = { SESSION_SECRET: '', SESSION_SECRET_FILE: file }
      await refuses(scene, fromFile, ['SESSION_SECRET_FILE', 'SESSION_SECRET is'])
      // A folder: nobody reads one, not even root, whom no permission stops.
      await refuses(scene, { ...fromFile, SESSION_SECRET_FILE: folder }, [
        'SESSION_SECRET_FILE',
        'SESSION_SECRET is',
      ])
      if (process.getuid?.() !== 0) {
        writeFileSync(file, secrets.sessionSecret, { mode: 0 })
        await refuses(scene, fromFile, ['SESSION_SECRET_FILE', 'SESSION_SECRET is'])
        rmSync(file)
      }
      writeFileSync(file, '\n')
      await refuses(scene, fromFile, ['SESSION_SECRET_FILE', 'SESSION_SECRET is'])
      writeFileSync(file, `${secrets.sessionSecret}\r\n`)
      expect((await check(scene, fromFile)).code).toBe(0)
    }),
  )

  test(
    'CFG-08: whatever NODE_ENV says: cookies are secure, pages show no stack, http is refused',
    inScene({}, async (scene) => {
      for (const NODE_ENV of ['', 'prod', 'development']) {
        await refuses(scene, { NODE_ENV, PUBLIC_URL: 'http://app.example' }, ['PUBLIC_URL'])
        scene.setup.environment.NODE_ENV = NODE_ENV
        const app = await scene.startProcess({ publicUrl: PUBLIC })
        const headers = { host: 'sync.example.com', accept: 'text/html' }
        const click = await fetch(`${app.origin}/campaigns/C1/sync`, {
          method: 'POST',
          headers,
          redirect: 'manual',
        })
        expect(click.headers.get('set-cookie')).toMatch(/^__Host-campaign-sync=.*Secure/)
        const wrong = await fetch(`${app.origin}/%E0%A4%A`, { headers })
        expect([wrong.status, await wrong.text()]).toEqual([
          404,
          expect.not.stringContaining('    at '),
        ])
        await app.kill('SIGTERM')
      }
    }),
  )

  test(
    'CFG-10: certificates are not to be ignored',
    refusing([[{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, ['NODE_TLS_REJECT_UNAUTHORIZED']]]),
  )

  test(
    'CFG-11: encryption keys of another length, not base64, or equal to the session secret are refused',
    inScene({}, async (scene) => {
      const keys = [
        'c2hvcnQ=',
        'not base64! not base64! not base64!',
        scene.setup.secrets.sessionSecret,
      ]
      for (const ENCRYPTION_KEYS of keys)
        await refuses(scene, { ENCRYPTION_KEYS }, ['ENCRYPTION_KEYS'])
    }),
  )

  test(
    'CFG-14: --check-config says what the settings come to, without secrets, and does not listen',
    inScene(
      { environment: { REDIS_URL: 'redis://ann:s3cret-of-ann@localhost:6379/2' } },
      async (scene) => {
        const { code, stdout, stderr } = await check(scene, {})
        expect([code, stderr]).toEqual([0, ''])
        for (const part of [PUBLIC, 'Redis at localhost:6379/2', 'Fake Ads', '4 in '])
          expect(stdout).toContain(part)
        const { secrets } = scene.setup
        for (const secret of [
          's3cret-of-ann',
          secrets.sessionSecret,
          secrets.encryptionKey,
          scene.vendor.settings.clientSecret,
        ])
          expect(stdout).not.toContain(secret)
        const bad = await check(scene, { PORT: 'x', SESSION_SECRET: 'changeme' })
        expect([bad.code, bad.stderr.trim().split('\n').length]).toEqual([1, 2])
      },
    ),
  )

  test(
    'CFG-16: files that break while it runs change nothing: the last good ones count',
    inScene({}, async (scene) => {
      const { environment, folder, secrets } = scene.setup
      const file = join(folder, 'session-secret')
      writeFileSync(file, secrets.sessionSecret)
      Object.assign(environment, { SESSION_SECRET: '', SESSION_SECRET_FILE: file })
      const app = await scene.startProcess()
      const person = scene.visitor(app.url)
      await expectSync(person, 'C1', 'Spring launch')
      rmSync(file)
      for (const name of ['VENDORS', 'CAMPAIGNS'])
        writeFileSync(environment[name] ?? '', '{"broken":')
      await expectSync(person, 'C1', 'Spring launch')
      expect(scene.vendor.effects('C1')).toBe(2)
    }),
  )
})

function check({ setup }: Scene, change: Environment) {
  return startToFail(setup, { ...setup.environment, PUBLIC_URL: PUBLIC, ...change }, [
    '--check-config',
  ])
}
