// Told when not looking: once for each change, by every channel, with a link to the button; and what a receiver can rely on.
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { leadOf } from '../../src/notices/notice.ts'
import { startMailServer, startWebhook } from '../support/app/receivers.ts'
import { approve, campaignFile, startRun, until } from '../support/app/runs.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

const SECRET = 'a secret that signs notices'
const PASSWORD = 'the mail password of notices'
const REFUSED = { status: 403, body: { error: { message: 'Not yours.' } } }
const HOUR = 3600_000

let hook: Awaited<ReturnType<typeof startWebhook>>
let mail: Awaited<ReturnType<typeof startMailServer>>

beforeAll(async () => {
  hook = await startWebhook()
  mail = await startMailServer(PASSWORD)
})
afterAll(async () => {
  await Promise.all([hook.close(), mail.close()])
})
beforeEach(() => {
  for (const list of [hook.got, hook.statuses, mail.mails]) list.length = 0
})

const environment = () => ({
  ...campaignFile(3),
  NOTIFY_WEBHOOK_URL: `${hook.url}/hook`,
  NOTIFY_WEBHOOK_SECRET: SECRET,
  NOTIFY_SLACK_URL: `${hook.url}/slack/T0/secret-of-the-channel`,
  NOTIFY_SMTP_URL: mail.url,
  NOTIFY_MAIL_FROM: 'Campaign Sync <sync@company.example>',
  NOTIFY_MAIL_TO: 'team@company.example',
})

const kinds = () =>
  hook.got.filter(({ path }) => path === '/hook').map(({ body }) => JSON.parse(body).kind)

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  test('a run that pauses, goes on and is done: told once each, with the link', async () => {
    const { person, vendor, app } = await begin({ environment: environment() })
    const gate = vendor.gate('api')
    const { id } = await startRun(person)
    await gate.arrived
    vendor.revokeAll()
    vendor.always('api', { status: 401, body: {} })
    gate.release()
    expect(await until(person, id)).toMatchObject({ state: 'paused' })
    await app.context.notices?.tick()
    await app.context.notices?.tick()
    expect(kinds()).toEqual(['run.paused'])
    const first = hook.got.find(({ path }) => path === '/hook')
    const { body = '', headers } = first ?? {}
    const [when, given] = [headers?.['webhook-timestamp'], headers?.['webhook-signature']]
    const signed = `${headers?.['webhook-id']}.${when}.${body}`
    expect(given).toBe(`v1,${createHmac('sha256', SECRET).update(signed).digest('base64')}`)
    expect(Math.abs(Number(when) - Date.now() / 1000)).toBeLessThan(60)
    expect(JSON.parse(body)).toMatchObject({ run: id, url: `${app.url}/runs/${id}` })
    const slack = hook.got.find(({ path }) => path.startsWith('/slack/'))
    expect(JSON.parse(slack?.body ?? '').text).toContain(`<${app.url}/runs/${id}|Open it>`)
    expect(mail.mails).toHaveLength(1)
    expect(mail.mails[0]).toMatchObject({ to: ['team@company.example'] })
    expect(mail.mails[0]?.text.replaceAll('=\r\n', '')).toContain(`/runs/${id}`)

    vendor.always('api', {})
    await approve(
      person,
      await person.click(await person.open(`/runs/${id}`), 'Renew access and continue'),
    )
    expect(await until(person, id)).toMatchObject({ state: 'done', sent: 3 })
    await app.context.notices?.tick()
    expect(kinds()).toEqual(['run.paused', 'run.recovered'])
  })

  test('a run with failures; one that goes well is no news', async () => {
    const { person, vendor, app } = await begin({ environment: environment() })
    await until(person, (await startRun(person)).id)
    await app.context.notices?.tick()
    expect(hook.got).toEqual([])
    vendor.script('api', [REFUSED])
    const { id } = await startRun(person, { id: 'r1' })
    expect(await until(person, id)).toMatchObject({ state: 'done', failed: 1 })
    await app.context.notices?.tick()
    expect(kinds()).toEqual(['run.failed'])
  })

  test('a receiver that is away gets it later, once, under the same id; others are not held up', async () => {
    hook.statuses.push(503)
    const { person, vendor, app } = await begin({ environment: environment() })
    vendor.script('api', [REFUSED])
    await until(person, (await startRun(person)).id)
    await app.context.notices?.tick()
    expect(hook.got).toHaveLength(2)
    await app.context.notices?.tick(Date.now() + 11_000)
    await app.context.notices?.tick(Date.now() + 22_000)
    const ids = hook.got
      .filter(({ path }) => path === '/hook')
      .map(({ headers }) => headers['webhook-id'])
    expect([ids.length, new Set(ids).size]).toEqual([2, 1])
    expect(mail.mails).toHaveLength(1)
  })

  test('a receiver that is away for good is given up, and the log says so', async () => {
    hook.statuses.push(...Array.from({ length: 12 }, () => 500))
    const { person, vendor, app } = await begin({ environment: environment() })
    vendor.script('api', [REFUSED])
    await until(person, (await startRun(person)).id)
    for (let tries = 0; tries < 8; tries++)
      await app.context.notices?.tick(Date.now() + tries * 3 * HOUR)
    expect(kinds()).toHaveLength(6)
    expect(app.logs().match(/notice\.lost/g)).toHaveLength(1)
  })

  test('access that ends soon while a run needs it', async () => {
    const vendors = [{ expiresIn: 24 * 3600 }]
    const { person, vendor, app } = await begin({ environment: environment(), vendors })
    const gate = vendor.gate('api')
    const { id } = await startRun(person)
    await gate.arrived
    await app.context.notices?.tick(Date.now() + 20 * HOUR)
    expect(kinds()).toEqual([])
    await app.context.notices?.tick(Date.now() + 21 * HOUR)
    await app.context.notices?.tick(Date.now() + 22 * HOUR)
    expect(kinds()).toEqual(['access.ending'])
    gate.release()
    await until(person, id)
  })
})

test('the lead goes by how long access lasts', () => {
  const days = (count: number) => leadOf(count * 24 * HOUR) ?? 0
  expect([days(60), days(7)]).toEqual([7 * 24 * HOUR, 24 * HOUR])
  expect(leadOf(HOUR - 1)).toBe(undefined)
})
