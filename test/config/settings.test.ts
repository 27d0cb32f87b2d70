// Settings that are wrong or missing: all told at once, by name and never by value.
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../../src/config/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'settings-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const random = () => randomBytes(32).toString('base64')
const FAKE = {
  id: 'fake',
  name: 'Fake Ads',
  authorize: { url: 'https://fake.test/authorize' },
  token: { url: 'https://fake.test/token' },
  api: { baseUrl: 'https://fake.test', push: { method: 'PUT', path: '/campaigns/${campaign.id}' } },
}

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

const vendorJson = file('fake.json', JSON.stringify(FAKE))

/** Everything a vendor of one's own needs. */
const GOOD = {
  DATA_DIR: join(folder, 'data'),
  VENDORS: vendorJson,
  PUBLIC_URL: 'https://sync.example.com',
  SESSION_SECRET: random(),
  ENCRYPTION_KEYS: random(),
  FAKE_CLIENT_ID: 'an-id',
  FAKE_CLIENT_SECRET: 'a-secret',
}

/** Values of one setting at a time. */
const NONSENSE = {
  PUBLIC_URL:
    'http://a.test b.test /x https://a.test/path https://a.test/#x ftp://a.test https://a.test:99999'.split(
      ' ',
    ),
  SESSION_SECRET: ['changeme', 'secret', 'short', 'a'.repeat(40)],
  ENCRYPTION_KEYS: [
    'changeme',
    'not base64!',
    btoa('sixteen bytes ..'),
    `${random()},nonsense`,
    btoa('\0'.repeat(32)),
  ],
  PORT: ['0', '65536', '-1', '80.5', '0x50', 'eighty'],
  REDIS_URL: [
    'localhost:6379',
    'http://localhost',
    'redis:///0',
    'redis+sentinel://a:26379',
    'redis://a,b',
  ],
  TRUST_PROXY: ['true', '-1', '11', '*'],
  LOG_LEVEL: ['loud', 'INFO'],
  DEMO_TOKEN_SECONDS: ['9', '86401', 'long'],
  VENDORS: [join(folder, 'missing.json'), 'nobody'],
}

function faultsOf(change: Record<string, string | undefined>): string[] {
  try {
    readConfig({ ...GOOD, ...change })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

describe('faults', () => {
  test('a full set of settings has none, with or without a last slash', () => {
    expect(faultsOf({})).toEqual([])
    expect(faultsOf({ PUBLIC_URL: 'https://sync.example.com/' })).toEqual([])
  })

  test.each(Object.entries(NONSENSE))(
    '%s that makes no sense is named, once, and not repeated',
    (name, values) => {
      for (const value of values) {
        const faults = faultsOf({ [name]: value })
        expect([value, faults]).toEqual([value, [expect.stringContaining(name)]])
        if (name !== 'VENDORS') expect(faults[0]?.replace(name, '')).not.toContain(value)
      }
    },
  )

  test.each([
    'PUBLIC_URL',
    'SESSION_SECRET',
    'ENCRYPTION_KEYS',
    'FAKE_CLIENT_ID',
    'FAKE_CLIENT_SECRET',
  ])('%s that is missing is named, with what to do', (name) => {
    for (const value of [undefined, '', '   ']) {
      const faults = faultsOf({ [name]: value })
      expect(faults).toEqual([expect.stringMatching(new RegExp(`^(VENDORS: )?${name} is not set`))])
      if (/SECRET$|KEYS/.test(name) && !name.startsWith('FAKE'))
        expect(faults[0]).toContain('openssl rand -base64 32')
    }
  })

  test('all are told at once', () => {
    const wrong = {
      PORT: 'x',
      PUBLIC_URL: 'x',
      SESSION_SECRET: 'x',
      ENCRYPTION_KEYS: 'x',
      FAKE_CLIENT_ID: '',
    }
    const named = Object.keys(wrong).filter((name) =>
      faultsOf(wrong).some((fault) => fault.includes(name)),
    )
    expect(named).toEqual(Object.keys(wrong))
  })

  test('the key must not be the session secret, and nobody may pose as the vendor', () => {
    expect(faultsOf({ ENCRYPTION_KEYS: GOOD.SESSION_SECRET })).toEqual([
      expect.stringContaining('ENCRYPTION_KEYS'),
    ])
    expect(faultsOf({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toEqual([
      expect.stringContaining('NODE_TLS_REJECT_UNAUTHORIZED'),
    ])
  })

  test('a secret may come from a file, its last line break aside', () => {
    const { FAKE_CLIENT_SECRET: _, ...rest } = GOOD
    for (const end of ['', '\n', '\r\n']) {
      const config = readConfig({
        ...rest,
        FAKE_CLIENT_SECRET_FILE: file('secret', `from-a-file${end}`),
      })
      expect(config.vendors[0]?.client.secret).toBe('from-a-file')
    }
    const empty = file('empty', '\n')
    for (const wrong of [join(folder, 'missing'), empty, folder])
      expect(faultsOf({ SESSION_SECRET: '', SESSION_SECRET_FILE: wrong }).join()).toContain(
        'SESSION_SECRET_FILE',
      )
  })

  test('the demo’s folder that cannot be made, or whose secrets are damaged, is the one line there is', () => {
    const damaged = join(folder, 'damaged')
    mkdirSync(damaged)
    writeFileSync(join(damaged, 'secrets.json'), '')
    const of = (DATA_DIR: string) =>
      faultsOf({ DATA_DIR, VENDORS: 'demo', SESSION_SECRET: '', ENCRYPTION_KEYS: '' })
    // In /proc nothing can be made, and the kernel says ENOENT for it: Node's own way of making folders never ends there.
    for (const at of ['/proc/x/y', join(vendorJson, 'x')])
      expect(of(at)).toEqual([expect.stringMatching(/^DATA_DIR: E/)])
    expect(of(damaged)).toEqual([
      `DATA_DIR: ${join(damaged, 'secrets.json')} is damaged: delete it to start the demo anew`,
    ])
  })

  test('what is no file is said to be none, and nobody waits for it or reads it without end', () => {
    expect(faultsOf({ VENDORS: '/dev/zero' })).toEqual([
      'VENDORS: /dev/zero: is not a file but a folder, a pipe or a device',
    ])
    for (const path of ['/dev/zero', folder]) {
      expect(faultsOf({ FAKE_CLIENT_SECRET: '', FAKE_CLIENT_SECRET_FILE: path })[0]).toMatch(
        /^FAKE_CLIENT_SECRET_FILE: .* no/,
      )
    }
  })

  test('VENDORS may name a folder; one without a vendor names none', () => {
    const inside = mkdtempSync(join(folder, 'vendors-'))
    expect(faultsOf({ VENDORS: inside })).toEqual(['VENDORS names no vendor'])
    writeFileSync(join(inside, 'fake.json'), JSON.stringify(FAKE))
    expect(faultsOf({ VENDORS: inside })).toEqual([])
  })

  test('a byte order mark and a last comma are forgiven; two vendors that would share a secret are not', () => {
    const marked = file('marked.json', `\ufeff${JSON.stringify(FAKE)}`)
    expect(faultsOf({ VENDORS: `${marked}, ` })).toEqual([])
    const [one, other] = ['a-b', 'a_b'].map((id) =>
      file(`${id}.json`, JSON.stringify({ ...FAKE, id })),
    )
    const client = { A_B_CLIENT_ID: 'x', A_B_CLIENT_SECRET: 'y' }
    expect(faultsOf({ VENDORS: `${one},${other}`, ...client })).toEqual([
      'VENDORS: a-b and a_b would share A_B_CLIENT_ID',
    ])
    expect(faultsOf({ VENDORS: file('text.json', 'no\njson\n') })).toEqual([
      expect.stringMatching(/^VENDORS: .*is not valid JSON$/),
    ])
  })

  test('an origin in another spelling is the origin', () => {
    for (const PUBLIC_URL of ['HTTPS://Sync.Example.com', 'https://sync.example.com:443/'])
      expect(readConfig({ ...GOOD, PUBLIC_URL }).publicUrl).toBe('https://sync.example.com')
  })

  test('a vendor file that is wrong is told by file, field and what is allowed; what is not known is refused by name', () => {
    const wrong = file(
      'wrong.json',
      JSON.stringify({
        ...FAKE,
        authorize: { url: 'http://ads.example.com/authorize', pkce: 'yes' },
        token: { ...FAKE.token, retries: 3 },
        api: { ...FAKE.api, push: { ...FAKE.api.push, method: 'GET' } },
      }),
    )
    const faults = faultsOf({ VENDORS: wrong })
    for (const field of ['authorize.pkce', 'token', 'retries', 'api.push.method'])
      expect(faults.join('\n')).toContain(field)
    for (const fault of faults) expect(fault).toMatch(/^VENDORS: .*wrong\.json: /)
  })
})
