// A real browser: what other sites make it do, what it keeps, and what it runs of what we show.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { campaignsFile } from '../support/app/campaigns-file.ts'
import { openChromium, otherSite } from '../support/browser/at-chromium.ts'
import { type Chromium, startChromium } from '../support/browser/chromium.ts'
import { expectUntouched, openCallback, tokensIn } from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'
import { expectTextOnly, HOSTILE } from '../support/scene/hostile.ts'
import type { SceneOptions } from '../support/scene/scene.ts'

const { begin } = caseScenes()
let chromium: Chromium
const atChromium = async (options: SceneOptions = {}) =>
  openChromium(chromium, await begin(options))
beforeAll(async () => {
  chromium = await startChromium()
})
afterAll(() => chromium?.close())

test('CSR-01, CSR-03, CSR-09, CSR-10: a page of another site that submits, links, opens and embeds pushes nothing', async () => {
  const { page, connect, vendor, app, dump, problems, close } = await atChromium()
  await connect()
  const before = tokensIn(await dump())
  const attacks = [
    `<form method=post action="${app.url}/campaigns/C1/sync"><input name=vendor value=fake></form><script>document.forms[0].submit()</script>`,
    `<form method=post action="${app.url}/session/end"></form><script>document.forms[0].submit()</script>`,
    `<form method=post action="${app.url}/runs"><input name=id value=C1><input name=id value=C2></form><script>document.forms[0].submit()</script>`,
    `<img src="${app.url}/campaigns/C1/sync"><img src="${app.url}/connect/fake/C2"><iframe src="${app.url}/campaigns/C1/sync"></iframe><script>fetch('${app.url}/campaigns/C1/sync',{method:'POST',mode:'no-cors',credentials:'include'}).catch(()=>{})</script>`,
    `<script>location='${app.url}/campaigns/C1/sync'</script>`,
    `<script>location='${app.url}/connect/fake/C2'</script>`,
  ]
  for (const html of attacks) {
    const evil = await otherSite(html)
    await page.goto(evil.url)
    await page.waitForLoadState('networkidle')
    await evil.close()
  }
  expect([vendor.at('api').length, vendor.effects('C1'), vendor.effects('C2')]).toEqual([1, 1, 0])
  expect(vendor.at('authorize')).toHaveLength(1)
  expect(tokensIn(await dump())).toEqual(before)
  problems.splice(0) // what the browser says of each attack
  await connect()
  await close()
})

test('STA-17: a victim who is sent to the attacker’s callback gets nothing of the attacker', async () => {
  const { page, connect, vendor, person: attacker, problems, close } = await atChromium()
  const { url } = await openCallback(attacker)
  for (const html of [
    `<script>location='${url.href}'</script>`,
    `<img src="${url.href}"><iframe src="${url.href}"></iframe>`,
    `<form action="${url.origin}${url.pathname}">${[...url.searchParams].map(([name, value]) => `<input name="${name}" value="${value}">`).join('')}</form><script>document.forms[0].submit()</script>`,
  ]) {
    const evil = await otherSite(html)
    await page.goto(evil.url)
    await page.waitForLoadState('networkidle')
    await evil.close()
  }
  expectUntouched(vendor)
  problems.splice(0) // what the browser says of each attack
  await connect()
  const codes = vendor.at('token').map(({ body }) => new URLSearchParams(body).get('code'))
  expect(codes).not.toContain(url.searchParams.get('code'))
  await close()
})

test('SES-05, XSS-09, LEA-11: the whole chain over two sites, with its policy on, leaves nothing readable in the browser', async () => {
  const { page, connect, problems, vendor, close } = await atChromium()
  await connect()
  await connect('Webinar EMEA')
  expect(problems).toEqual([])
  const kept: string = await page.evaluate(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, name, document.documentElement.outerHTML])',
  )
  const { tokens, codes, states, verifiers } = vendor.values()
  for (const value of [...tokens, ...codes, ...states, ...verifiers])
    expect(kept.includes(value)).toBe(false)
  expect(kept.startsWith('[{},{},"","')).toBe(true)
  const cookies = await page.context().cookies()
  for (const { httpOnly, value } of cookies) {
    expect(httpOnly).toBe(true)
    expect(tokens.some((token) => value.includes(token))).toBe(false)
  }
  await close()
})

test('CAL-11: Back to the callback and to the vendor goes on, and another approval is a trip of its own', async () => {
  const { page, connect, vendor, app, text, close } = await atChromium()
  await connect()
  const callback = vendor.at('authorize').length
  const statuses: number[] = []
  page.on('response', (response) => void statuses.push(response.status()))
  for (let back = 0; back < 3; back++) await page.goBack()
  await page.goForward()
  const [asked] = vendor.at('authorize')
  await page.goto(asked?.url.href ?? '')
  expect(page.url().startsWith(app.url)).toBe(true)
  expect(await text()).not.toBe('')
  expect(statuses.filter((status) => status >= 500)).toEqual([])
  expect(vendor.effects('C1')).toBe(1)
  expect(vendor.at('authorize').length).toBeGreaterThan(callback)
  vendor.takeFaults()
  await connect()
  await close()
})

test('XSS-01: campaign names are text on every page, and run nothing', async () => {
  const CAMPAIGNS = campaignsFile(HOSTILE.map((name, at) => ({ id: `X${at}`, name })))
  const { page, dialogs, problems, app, close } = await atChromium({ environment: { CAMPAIGNS } })
  const paths = [
    '/campaigns',
    ...HOSTILE.flatMap((_, at) =>
      at % 6 === 0 ? [`/campaigns/X${at}`, `/campaigns/X${at}/sync`] : [],
    ),
  ]
  for (const path of paths) {
    const answer = await page.goto(app.url + path)
    expectTextOnly((await answer?.text()) ?? '')
  }
  await page.goto(`${app.url}/campaigns`)
  const shown = await page.locator('bdi').allTextContents()
  for (const name of HOSTILE) expect(shown).toContain(name)
  await page.locator('form[action="/campaigns/X0/sync"] button').first().click()
  await page.getByRole('link', { name: 'Continue to Fake Ads' }).click()
  await page.locator('.banner').waitFor()
  expect([dialogs, problems]).toEqual([[], []])
  await close()
})

test('TEN-09: after signing out Back shows nothing of the person before', async () => {
  const { page, connect, app, close } = await atChromium()
  await connect()
  await page.goto(`${app.url}/campaigns/C1`)
  expect(await page.content()).toMatch(/access for \d/)
  await page.evaluate(
    'const form = document.body.appendChild(document.createElement("form")); form.method = "post"; form.action = "/session/end"; form.submit()',
  )
  await page.waitForURL(`${app.url}/session/ended`)
  await page.goBack()
  expect(await page.content()).not.toMatch(/access for \d/)
  await close()
})
