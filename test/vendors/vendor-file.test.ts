// The vendor file: every fault is named with its path and what is allowed; no secret is ever in one.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { unknownCampaignFields } from '../../src/vendors/campaign-fields.ts'
import { descriptionOf } from '../../src/vendors/field-descriptions.ts'
import { loadVendor, readVendorFile, settingOf, vendorFiles } from '../../src/vendors/load.ts'
import { fieldTable, vendorFields, vendorJsonSchema } from '../../src/vendors/schema.ts'

const FILES = join(import.meta.dirname, '..', '..', 'src', 'vendors', 'files')

const folder = mkdtempSync(join(tmpdir(), 'vendor-file-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const GOOD = {
  id: 'acme',
  name: 'Acme',
  authorize: { url: 'https://acme.example/authorize' },
  token: { url: 'https://acme.example/token' },
  api: { baseUrl: 'https://api.acme.example' },
}

describe('a fault', () => {
  test.each([
    ['a day that is none', { verifiedOn: 'last week' }, 'verifiedOn: Invalid ISO date'],
    ['a field nobody knows', { colour: 'red' }, 'Unrecognized key: "colour"'],
    [
      'a password in a URL',
      { token: { url: 'https:user:pw@acme.example/token' } },
      'token.url: must not have a user or password in it',
    ],
    [
      'a host that looks like the vendor’s',
      { api: { baseUrl: 'https://acme.example@evil.test' } },
      'api.baseUrl: must not have a user or password in it',
    ],
    ['a missing URL', { authorize: { scopes: [] } }, 'authorize.url: is required'],
    [
      'a choice',
      { client: { auth: 'jwt' } },
      'client.auth: must be one of "post", "basic", "none", "key", "client_secret_post", "client_secret_basic", "private_key_jwt"',
    ],
    [
      'a field misspelled',
      { authorize: { url: 'https://a.example', scope: ['a'] } },
      'authorize: Unrecognized key: "scope"; did you mean "scopes"?',
    ],
    [
      'a part misspelled',
      { authorise: GOOD.authorize },
      'the file: Unrecognized key: "authorise"; did you mean "authorize"?',
    ],
    [
      'a field with the name of other tools',
      { token_url: 'https://a.example' },
      'the file: Unrecognized key: "token_url"',
    ],
    ['a word misspelled', { tokenPer: 'sesion' }, '; did you mean "session"?'],
    ['an id that is missing', { id: undefined }, 'id: is required'],
    [
      'scopes in one text',
      { authorize: { url: 'https://a.example', scopes: 'a b' } },
      'authorize.scopes: must be a list of texts, like ["a", "b"]',
    ],
    ['a text that is none', { name: 5 }, 'name: must be text, in quotes'],
    ['a yes that is a text', { standIn: 'yes' }, 'standIn: must be true or false'],
    [
      'a match that is a number',
      { api: { baseUrl: 'https://a.example', expired: 401 } },
      'api.expired: must be like { "status": 401 }, or a list of such',
    ],
    [
      'seconds in quotes',
      { lifetime: { defaultSeconds: '60' } },
      'lifetime.defaultSeconds: must be a number, without quotes',
    ],
    [
      'a number too large',
      { api: { baseUrl: 'https://a.example', concurrency: 100 } },
      'api.concurrency: must be at most 64',
    ],
    [
      'a field of a campaign misspelled',
      pushTo('/x/${campaign.nmae}'),
      'api.push.path: "${campaign.nmae}": did you mean "${campaign.name}"?',
    ],
    [
      'a field of a campaign in another case',
      pushTo('/x', { from: '${campaign.start_date}' }),
      'api.push.body.from: "${campaign.start_date}": did you mean "${campaign.startDate}"?',
    ],
    [
      'a needed field misspelled',
      { api: { baseUrl: 'https://a.example', needs: ['bugdet'] } },
      'api.needs[0]: "bugdet": did you mean "budget"?',
    ],
    [
      'a name of a template misspelled',
      { token: { url: 'https://a.example', params: { x: '${client.ids}' } } },
      '"${client.ids}" is not known here; did you mean "${client.id}"?',
    ],
    [
      'one brace without a $',
      pushTo('/x/{campaign.id}'),
      'api.push.path: "{campaign.id}" is sent as it stands: write "${campaign.id}"',
    ],
    [
      'two braces',
      pushTo('/x', { name: 'a {{ campaign.name }}' }),
      'api.push.body.name: "{{ campaign.name }}" is sent as it stands: write "${campaign.name}"',
    ],
    [
      'two braces around the token',
      { api: { baseUrl: 'https://a.example', auth: { name: 'X-T', value: '{{token}}' } } },
      'api.auth.value: "{{token}}" is sent as it stands: write "${token}"',
    ],
    [
      'a space in a URL',
      { token: { url: 'https://acme.example/oauth/ token' } },
      'token.url: has a space in it',
    ],
    ...['state', 'code', 'codeVerifier', 'redirectUri'].map((name): [string, object, string] => [
      `flow.${name} in a header that the refresh sends too`,
      {
        lifetime: { refresh: 'use' },
        token: { url: 'https://a.example', headers: { 'X-A': `\${flow.${name}}` } },
      },
      `token.headers["X-A"]: a refresh sends it too: "\${flow.${name}}" is not known here`,
    ]),
    [
      'a header that api.auth sets',
      { api: { baseUrl: 'https://a.example', headers: { authorization: 'Token ${token}' } } },
      'api.headers.authorization: is set by api.auth: change its value there',
    ],
    ['a space in a path', pushTo('/x '), 'api.push.path: has a space in it'],
    [
      'a name nobody knows in a template',
      { token: { url: 'https://a.example', params: { x: '${flow.nonce}' } } },
      'token.params.x: "${flow.nonce}" is not known here; known:',
    ],
    [
      'a secret in the authorize URL',
      { authorize: { url: 'https://a.example', params: { s: '${client.secret}' } } },
      'authorize.params.s: "${client.secret}" is not known here',
    ],
    [
      'a var that is not in vars',
      { api: { baseUrl: 'https://${vars.dc}.acme.example' } },
      'api.baseUrl: "${vars.dc}" is not in vars; known: none',
    ],
    [
      'a template that is none',
      { api: { baseUrl: 'https://${vars dc}.example' } },
      'has a ${ that is not a name',
    ],
    [
      'a host from the token answer without a pattern',
      { vars: { dc: { from: 'token' } }, api: { baseUrl: 'https://${vars.dc}.acme.example' } },
      'api.baseUrl: "${vars.dc}" comes from the token and names a host: vars.dc needs a pattern',
    ],
    [
      'a host from the callback without a pattern',
      { vars: { host: { from: 'callback' } }, token: { url: 'https://${vars.host}/token' } },
      'token.url: "${vars.host}" comes from the callback and names a host: vars.host needs a pattern',
    ],
    [
      'a value that would be read from the client’s own setting',
      { vars: { clientId: { from: 'person', label: 'Client' } } },
      'vars.clientId: ACME_CLIENT_ID is the client’s: it needs a key',
    ],
    [
      'a host from a person without a pattern',
      {
        vars: { shop: { from: 'person', label: 'Shop' } },
        authorize: { url: 'https://${vars.shop}.acme.example' },
      },
      'authorize.url: "${vars.shop}" comes from the person and names a host: vars.shop needs a pattern',
    ],
    [
      'a part of an address from a person without a pattern',
      {
        vars: { shop: { from: 'person', label: 'Shop' } },
        token: { url: 'https://acme.example/${vars.shop}/token' },
      },
      'token.url: "${vars.shop}" comes from the person and stands in an address as it is: vars.shop needs a pattern',
    ],
    ...['.+', '[^/]+', '[a-z./]+', '[a-z0-9.-]+', 'https://.*'].map(
      (pattern): [string, object, string] => [
        `a host from the token answer by the pattern ${pattern}`,
        {
          vars: { host: { from: 'token', pattern } },
          api: {
            baseUrl: pattern.startsWith('https') ? '${vars.host}' : 'https://${vars.host}/api',
          },
        },
        '"${vars.host}" may name any host: say in vars.host.pattern which ones are the vendor’s',
      ],
    ),
    [
      'a shop from a person that may end the host',
      {
        vars: { shop: { from: 'person', label: 'Shop', pattern: '.+' } },
        authorize: { url: 'https://${vars.shop}.acme.example' },
      },
      'authorize.url: "${vars.shop}" may name any host',
    ],
    [
      'a part of an address from a person by a pattern that allows all',
      {
        vars: { shop: { from: 'person', label: 'Shop', pattern: '.+' } },
        token: { url: 'https://acme.example/${vars.shop}/token' },
      },
      'token.url: "${vars.shop}" stands in an address as it is: vars.shop.pattern must not allow / ? #',
    ],
    ...['(a+)+', '(x|xx)+y', '[a-z]+[a-z]+[a-z]+[a-z]+!', 'https://([a-z.]+)+/'].map(
      (pattern): [string, object, string] => [
        `the slow pattern ${pattern}`,
        { vars: { shop: { from: 'token', pattern } } },
        'vars.shop.pattern: takes too long: write it without repeats in repeats',
      ],
    ),
    [
      'a question without words',
      { vars: { shop: { from: 'person' } } },
      'vars.shop.label: is required',
    ],
    [
      'a time to come back that stands nowhere',
      { api: { baseUrl: 'https://a.example', retryAfter: { unit: 'epoch' } } },
      'api.retryAfter: must have a header or a path',
    ],
    [
      'a host of the push from the token answer without a pattern',
      {
        vars: { host: { from: 'token' } },
        api: { baseUrl: 'https://a.example', push: { path: 'https://${vars.host}/x' } },
      },
      'api.push.path: "${vars.host}" comes from the token and names a host: vars.host needs a pattern',
    ],
    [
      'a host of the account from the callback without a pattern',
      {
        vars: { host: { from: 'callback' } },
        api: {
          baseUrl: 'https://a.example',
          account: { path: 'https://${vars.host}/me', id: 'id', name: 'id' },
        },
      },
      'api.account.path: "${vars.host}" comes from the callback and names a host: vars.host needs a pattern',
    ],
    [
      'a host from the callback in another spelling',
      { vars: { host: { from: 'callback' } }, token: { url: 'HTTPS:/${vars.host}/token' } },
      'token.url: "${vars.host}" comes from the callback and names a host',
    ],
    [
      'a host from a campaign',
      {
        api: {
          baseUrl: 'https://a.example',
          push: { path: 'https://${campaign.region}.acme.example/x' },
        },
      },
      'api.push.path: "${campaign.region}" must not name a host',
    ],
    [
      'a path that would go on with the host',
      { api: { baseUrl: 'https://a.example', push: { path: '${campaign.region}/x' } } },
      'api.push.path: must begin with / or be a whole URL',
    ],
    [
      'http to somebody else in a path',
      { api: { baseUrl: 'https://a.example', push: { path: 'http://acme.example/x' } } },
      'api.push.path: must be https',
    ],
    [
      'a var that is not known yet',
      {
        vars: { dc: { from: 'token', pattern: 'x' } },
        authorize: { url: 'https://${vars.dc}.example' },
      },
      'authorize.url: "${vars.dc}" is not known yet at this point: it comes from the token',
    ],
    [
      'a pattern that is none',
      { vars: { dc: { from: 'token', pattern: '(' } } },
      'vars.dc.pattern: is not a regular expression',
    ],
    [
      'a header with a line break in it',
      { api: { baseUrl: 'https://a.example', headers: { 'X-A': 'a\r\nX-B: b' } } },
      'api.headers["X-A"]: must be printable ASCII',
    ],
    [
      'a name that is no header’s',
      { api: { baseUrl: 'https://a.example', push: { idempotencyHeader: 'Idempotency Key' } } },
      'api.push.idempotencyHeader: must be a header name',
    ],
    [
      'a client secret',
      { client: { secret: 'abc' } },
      'client.secret: secrets come from the environment, never from the file',
    ],
    [
      'a secret as a parameter',
      { token: { url: 'https://a.example', params: { client_secret: 'abc' } } },
      'token.params.client_secret: looks like a secret: secrets come from the environment',
    ],
    [
      'a secret as a header',
      { api: { baseUrl: 'https://a.example', headers: { Authorization: 'Basic YTpi' } } },
      'api.headers.Authorization: looks like a secret',
    ],
    [
      'a password in a URL',
      { api: { baseUrl: 'https://user:pass@acme.example' } },
      'api.baseUrl: has a password in it',
    ],
    [
      'a match with a wrong status',
      { api: { baseUrl: 'https://a.example', expired: [{ status: '4x' }] } },
      'api.expired',
    ],
    [
      'http to somebody else',
      { api: { baseUrl: 'http://acme.example' } },
      'api.baseUrl: must be https',
    ],
  ])('%s is named', (_, change, message) => {
    expect(load({ ...GOOD, ...change }).faults?.join('\n')).toContain(message)
  })

  test('names all of them at once, each with the file', () => {
    const { faults } = load({ ...GOOD, id: 'A!', name: '', api: {} })
    expect(faults).toHaveLength(3)
    for (const fault of faults ?? [])
      expect(fault).toMatch(/vendor\.json: (id|name|api\.baseUrl): /)
  })

  test('of the environment names the variable', () => {
    const vars = {
      sub: { from: 'config', key: 'subdomain' },
      accountId: { from: 'config', pattern: '[0-9]+' },
    }
    expect(load({ ...GOOD, vars }, { ACME_ACCOUNT_ID: 'x1' }).faults).toEqual([
      'ACME_SUBDOMAIN is not set: Acme needs it',
      'ACME_ACCOUNT_ID must match [0-9]+',
    ])
  })
})

test('a file in UTF-16 is told as that', () => {
  const file = write(GOOD)
  writeFileSync(file, `\ufeff${JSON.stringify(GOOD)}`, 'utf16le')
  expect(loadVendor(file, () => 'x').faults).toEqual([`${file}: is UTF-16: save it as UTF-8`])
})

test.each([
  ['client_secret_post', 'post'],
  ['client_secret_basic', 'basic'],
])('client.auth may be the standard’s word %s', (word, auth) => {
  expect(load({ ...GOOD, client: { auth: word } }).vendor?.client.auth).toBe(auth)
})

test.each(['titel', 'state', 'audience', 'cost_center'])(
  'a campaign may have a field of its own: %s',
  (field) => {
    const { vendor } = load({ ...GOOD, ...pushTo('/x', { x: `\${campaign.${field}}` }) })
    expect(vendor && unknownCampaignFields(vendor)).toEqual([field])
  },
)

test('only the endpoints are needed', () => {
  const { vendor } = load(GOOD)
  expect(vendor?.authorize).toMatchObject({ pkce: true, scopeSeparator: ' ' })
  expect(vendor?.lifetime).toMatchObject({
    defaultSeconds: 300,
    skewSeconds: 60,
    refresh: 'ignore',
  })
  expect(vendor?.api.auth).toEqual({
    in: 'header',
    name: 'Authorization',
    value: 'Bearer ${token}',
  })
})

test('a vendor of keys needs neither endpoints nor a client', () => {
  const { vendor } = loadVendor(
    write({ id: 'k', name: 'K', client: { auth: 'key' }, api: GOOD.api }),
    () => undefined,
  )
  expect(vendor).toMatchObject({ tokenPer: 'session', client: { auth: 'key', secret: '' } })
})

test('an id of any catalogue is taken', () => {
  for (const id of ['7shifts', 'sharepoint-online-v1', 'a_b'.padEnd(64, 'c')])
    expect(load({ ...GOOD, id }, {}, id).faults).toBeUndefined()
})

test('the published JSON Schema is that of the code, and every shipped file names it', () => {
  const root = join(import.meta.dirname, '..', '..')
  const published: unknown = JSON.parse(
    readFileSync(join(root, 'docs', 'vendor.schema.json'), 'utf8'),
  )
  expect(published).toEqual(JSON.parse(JSON.stringify(vendorJsonSchema())))
  const shipped = readdirSync(FILES)
  expect(shipped.length).toBeGreaterThan(15)
  for (const name of shipped) {
    const { $schema } = JSON.parse(readFileSync(join(FILES, name), 'utf8'))
    expect(join(FILES, $schema)).toBe(join(root, 'docs', 'vendor.schema.json'))
  }
})

test('the examples of docs/VENDORS.md are good files', () => {
  const docs = readFileSync(join(FILES, '..', '..', '..', 'docs', 'VENDORS.md'), 'utf8')
  const blocks = [...docs.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']) => text)
  expect(blocks.length).toBeGreaterThan(2)
  for (const block of blocks) {
    const example: unknown = JSON.parse(block.startsWith('{') ? block : `{${block}}`)
    expect(loadVendor(write({ ...GOOD, ...Object(example) }), () => 'x').faults).toBeUndefined()
  }
})

test('docs/VENDORS.md names every setting of every shipped file', () => {
  const docs = readFileSync(join(FILES, '..', '..', '..', 'docs', 'VENDORS.md'), 'utf8')
  for (const name of readdirSync(FILES)) {
    const { vendor } = readVendorFile(join(FILES, name))
    if (!vendor || vendor.standIn) continue
    const settings = Object.entries(vendor.vars)
      .filter(([, { from }]) => from === 'config')
      .map(([variable]) => settingOf(vendor, variable))
    expect(settings.filter((setting) => !docs.includes(`\`${setting}\``))).toEqual([])
    expect(docs).toContain(`\`${vendor.id}\``)
  }
})

test('every field has a description, in the JSON Schema and in docs/VENDOR-FIELDS.md', () => {
  const paths = [...vendorFields().keys()]
  expect(paths.length).toBeGreaterThan(171)
  expect(paths.filter((path) => descriptionOf(path) === undefined)).toEqual([])
  const docs = join(import.meta.dirname, '..', '..', 'docs', 'VENDOR-FIELDS.md')
  expect(readFileSync(docs, 'utf8')).toBe(fieldTable())
  const undescribed: string[] = []
  JSON.stringify(vendorJsonSchema(), (key, value) => {
    if (key === 'properties')
      for (const [name, field] of Object.entries(Object(value)))
        if (!Object.hasOwn(Object(field), 'description')) undescribed.push(name)
    return value
  })
  expect(undescribed).toEqual([])
})

test('an entry of VENDORS may be a folder: each .json file in it', () => {
  const inside = mkdtempSync(join(folder, 'vendors-'))
  for (const name of ['b.json', 'a.json', 'notes.md']) writeFileSync(join(inside, name), '{}')
  expect(vendorFiles(inside)).toEqual([join(inside, 'a.json'), join(inside, 'b.json')])
  expect(vendorFiles('demo')).toEqual(['demo'])
  expect(vendorFiles('./none')).toEqual(['./none'])
  expect(vendorFiles('')).toEqual([])
})

function pushTo(path: string, body?: object) {
  return { api: { baseUrl: 'https://a.example', push: { path, ...(body && { body }) } } }
}

function load(content: unknown, environment: Record<string, string> = {}, id = 'acme') {
  const prefix = id.toUpperCase().replaceAll('-', '_')
  const all: Record<string, string> = {
    [`${prefix}_CLIENT_ID`]: 'c',
    [`${prefix}_CLIENT_SECRET`]: 's',
    ...environment,
  }
  return loadVendor(write(content), (name) => all[name])
}

function write(content: unknown): string {
  const file = join(folder, 'vendor.json')
  writeFileSync(file, JSON.stringify(content))
  return file
}

/** Notices may go to a Slack-compatible webhook, which is no vendor. */
const OF_NOTICES = ['config/notices.ts', 'config/settings.ts', 'notices/channels.ts']

test('no code knows a vendor: names are in the files only', () => {
  const root = join(import.meta.dirname, '..', '..')
  const shipped = readdirSync(FILES)
  expect(shipped.length).toBeGreaterThan(15)
  const names = shipped
    .map((name) => name.replace('.json', ''))
    .filter((id) => id.length > 1 && id !== 'meta')
  const code = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('demo-vendor'))
    .map((file) => ({ file, text: readFileSync(join(root, 'src', file), 'utf8') }))
  const named = code.flatMap(({ file, text }) =>
    names
      .filter((id) => id !== 'demo' && text.toLowerCase().includes(id))
      .filter((id) => id !== 'slack' || !OF_NOTICES.includes(file))
      .map((id) => `${file}: ${id}`),
  )
  expect(named).toEqual([])
  expect(
    code.filter(({ text }) => /vendor\.id\s*[!=]==?\s*['"]/.test(text)).map(({ file }) => file),
  ).toEqual([])
})

test('what stands in a shipped file says when it was verified, and asks once for all campaigns', () => {
  const operated = readdirSync(FILES)
    .map((name) => JSON.parse(readFileSync(join(FILES, name), 'utf8')))
    .filter(({ api }) => api.create !== undefined)
  expect(operated.length).toBeGreaterThan(7)
  for (const { id, verifiedOn, tokenPer, client } of operated) {
    expect([id, verifiedOn]).toEqual([id, expect.stringMatching(/^\d{4}-\d\d-\d\d$/)])
    expect([id, client?.auth === 'key' ? 'session' : tokenPer]).toEqual([id, 'session'])
  }
})
