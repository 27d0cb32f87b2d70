// What is shown of campaign names, vendor errors and parameters: text only. (In a real browser: in-chromium.test.ts.)
import { expect, test } from 'vitest'
import { campaignsFile } from '../support/app/campaigns-file.ts'
import { startRun, until } from '../support/app/runs.ts'
import { readPage, withoutDetail } from '../support/browser/page.ts'
import { onward, sync } from '../support/scene/authorization.ts'
import { expectRefused, openCallback } from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'
import { expectTextOnly, HOSTILE } from '../support/scene/hostile.ts'

const { begin } = caseScenes()

test('XSS-02: an error_description is never shown, whatever is in it', async () => {
  const { person } = await begin()
  for (const text of HOSTILE.slice(0, 12)) {
    const { changed } = await openCallback(person)
    const end = await person.open(
      changed({
        code: null,
        error: 'access_denied',
        error_description: text,
        error_uri: 'javascript:alert(1)',
      }),
    )
    expect(end.status).toBe(200)
    expect(end.body).not.toContain(text)
    expectTextOnly(end.body)
  }
})

test.each([
  ['markup', '<script>alert(1)</script>'],
  ['an unknown word', 'totally_unknown'],
  ['5000 letters', 'a'.repeat(5000)],
  ['a bidi override', '\u202eevil'],
])(
  'XSS-03: an error code that is %s is told in our own words, the vendor’s in the detail',
  async (_, error) => {
    const { person } = await begin()
    const { changed } = await openCallback(person)
    const end = await person.open(changed({ code: null, error }))
    expectRefused(end, [400, 502])
    expectTextOnly(end.body)
    const ours = withoutDetail(end.body)
    expect(ours).not.toContain(error)
    expect(readPage(end.body).heading).toBe('Fake Ads could not finish the approval')
  },
)

test('XSS-05: a vendor’s own words are shown as text, short, or not at all', async () => {
  const { person, vendor } = await begin()
  await sync(person, 'C1')
  for (const text of HOSTILE.slice(0, 20)) {
    const message = `${text}\u0007\u202e${'m'.repeat(400)}`
    vendor.script('api', [{ status: 422, body: { error: { message, code: text } } }])
    const end = await sync(person, 'C1')
    expectTextOnly(end.body)
    expect(end.body).not.toMatch(/m{201}/)
    expect(readPage(end.body).text).toContain('did not accept Spring launch')
  }
  vendor.revokeAll()
  for (const text of HOSTILE.slice(0, 5)) {
    vendor.script('token', [
      { status: 400, body: { error: text, error_description: text, error_uri: text } },
    ])
    const end = await sync(person, 'C1')
    expectRefused(end, [400, 502])
    expectTextOnly(end.body)
  }
})

test('XSS-06: no parameter of a page or form reaches the template engine', async () => {
  const { person, app } = await begin()
  await sync(person, 'C1')
  const options = {
    pretty: "');process.exit(1)//",
    debug: '1',
    self: '1',
    cache: '0',
    filename: '/etc/passwd',
    'settings[view options][client]': '1',
    compileDebug: '1',
    'globals[]': 'x',
    doctype: 'xml',
    layout: '/etc/passwd',
    _locals: 'x',
    'settings[views]': '/etc',
    basedir: '/',
  }
  const query = new URLSearchParams(options).toString()
  const plain = (html: string) =>
    html
      .replaceAll(/[\w-]{8}-[\w-]{4}-[\w-]{4}-[\w-]{4}-[\w-]{12}/g, 'random')
      .replaceAll(/(?:value|href|action)="[^"]*"/g, 'address')
      .replaceAll(/\d+ (?:min|h) ago|just now|\d\d:\d\d(?::[\d.]+Z)?/g, 'time')
  for (const path of [
    '/campaigns',
    '/campaigns/C1',
    '/campaigns/C1/sync',
    '/connections',
    '/connect/fake/C2',
    '/nowhere',
  ]) {
    const [normal, loaded] = [await person.get(path), await person.get(`${path}?${query}`)]
    expect(loaded.status).toBe(normal.status)
    if (normal.status === 200)
      expect([path, plain(loaded.body)]).toEqual([path, plain(normal.body)])
    expect(loaded.body).not.toMatch(/root:|\);process/)
  }
  for (const path of [
    '/campaigns/C1/sync',
    '/connections/fake/campaign:C1/test',
    '/connect/fake/C1/key',
  ])
    expect((await person.follow(await person.post(path, options))).status).toBeLessThan(500)
  expect(await (await fetch(`${app.origin}/healthz`)).text()).toBe('ok')
})

test('XSS-11: a redirect has no body, and so no markup of its address', async () => {
  const { person, vendor } = await begin()
  await onward(person, await sync(person, 'C1', { page: '/campaigns?page=2&q=%3Cscript%3E' }))
  await person.open('/')
  const bodies = person.visits
    .filter(({ next, url }) => next && url.origin !== vendor.url)
    .map(({ body }) => body)
  expect(bodies.length).toBeGreaterThan(3)
  expect(new Set(bodies)).toEqual(new Set(['']))
})

test('no cell of a downloaded CSV begins as a formula, wherever a spreadsheet splits its lines', async () => {
  const names = [
    '=1+1',
    ' =1',
    '\u200b=1',
    '＝1',
    'a\n=1',
    'a;=1',
    'a\t @1',
    '\t-1',
    'a; b',
    '-',
    'plain=1',
    "'=1",
    'a;"=1;b',
    'a\n""=1',
  ]
  const CAMPAIGNS = campaignsFile(names.map((name, at) => ({ id: `N${at}`, name })))
  const { person, vendor } = await begin({ environment: { CAMPAIGNS } })
  vendor.always('api', { body: { id: '=HYPERLINK(1)' } })
  const { id } = await startRun(person)
  await until(person, id)
  const { body } = await person.get(`/runs/${id}/results.csv`)
  expect(body).toContain("'=HYPERLINK(1)")
  expect(body).toContain('plain=1')
  const cells = body.split(/[,;\t\r\n]/).map((cell) => cell.replaceAll(/^["\s\p{C}]+/gu, ''))
  expect(cells.filter((cell) => /^[=+\-@＝＋－＠]/.test(cell))).toEqual([])
})

test('XSS-12: names that bend text are isolated and cut, and a log line stays one', async () => {
  const names = [
    '\u202egnp.evil',
    '\u200b\u200dzero\u2060width',
    `longest${'n'.repeat(10_000)}`,
    'two\nlines',
    '\u2066isolate',
    `combine${'a\u0301'.repeat(500)}`,
  ]
  const CAMPAIGNS = campaignsFile(names.map((name, at) => ({ id: `N${at}`, name })))
  const { person, app } = await begin({ environment: { CAMPAIGNS } })
  const list = await person.open('/campaigns')
  expect(/n{250}/.test(list.body)).toBe(false)
  for (const [at, name] of names.entries()) {
    const page = await person.open(`/campaigns/N${at}`)
    expect(page.status).toBe(200)
    const shown = name.slice(0, 7)
    const parts = page.body.split(shown).length - 1
    const isolated = page.body.split(new RegExp(`<bdi[^>]*>${shown}`)).length - 1
    const inAttributes = [...page.body.matchAll(/="[^"]*"/g)].filter(([text]) =>
      text.includes(shown),
    ).length
    const inTitle = page.body.split('</title>')[0]?.includes(shown) ? 1 : 0
    expect([at, parts]).toEqual([at, isolated + inAttributes + inTitle])
    expect(page.body.length).toBeLessThan(60_000)
    await person.get(`/campaigns/N${at}/sync`)
  }
  for (const line of app.logs().split('\n')) if (line) expect(() => JSON.parse(line)).not.toThrow()
})
