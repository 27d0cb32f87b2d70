// The very first click, pressed twice before there is any cookie: whichever answer the browser keeps, the click lives.
import { describe, expect, test } from 'vitest'
import { readPage } from '../support/browser/page.ts'
import { onward, syncButton } from '../support/scene/authorization.ts'
import { scenes } from '../support/scene/scene.ts'

describe.each(['embedded', 'redis'] as const)('on the %s store', (kind) => {
  const { begin } = scenes(kind)

  test('a double click without a cookie ends synced once, with either session', async () => {
    const { app, vendor, visitor } = await begin()
    const [first, second] = [visitor(app.url), visitor(app.url)]
    const page = await first.get('/campaigns/C1')
    const { fields } = readPage(page.body).actions.find(syncButton('C1')) ?? { fields: {} }
    const [one, two] = await Promise.all(
      [first, second].map((each) => each.post('/campaigns/C1/sync', fields)),
    )
    expect(one?.next?.href).toBe(two?.next?.href)
    const explained = await first.get(`${two?.next?.pathname}${two?.next?.search}`)
    const end = await first.follow(await onward(first, explained))
    expect(readPage(end.body).banner?.text).toContain('synced')
    expect(vendor.effects('C1')).toBe(1)
  })

  test('two callers with the same Idempotency-Key do not become one person', async () => {
    const { app, visitor } = await begin()
    const key = {
      'idempotency-key': '3f2b8a52-6f0e-4c7e-9a51-5a3f9e1c2d10',
      accept: 'application/json',
    }
    const callers = [visitor(app.url), visitor(app.url)]
    const answers = await Promise.all(
      callers.map((each) => each.post('/campaigns/C1/sync', {}, key)),
    )
    expect(new Set(answers.map(({ body }) => JSON.parse(body).intent)).size).toBe(2)
  })
})
