// The audit trail in Chromium: who did something can be read, also where their name is an e-mail address.
import { expect, onTestFinished, test, vi } from 'vitest'
import { startSite } from '../support/app/site.ts'
import { startChromium, startPerson } from '../support/browser/person.ts'

vi.setConfig({ testTimeout: 60_000 })

test('an e-mail address stands on one line, beside what was done', async () => {
  const [site, chromium] = await Promise.all([
    startSite({ environment: { AUDIT_DAYS: '30' } }),
    startChromium(),
  ])
  onTestFinished(async () => {
    await chromium.close()
    await site.close()
  })
  const who = 'dana.whitfield@company.example'
  const about = { vendor: 'demo', subject: 'campaign:701Qy00000Ky9PfIAJ', intent: 'i'.repeat(22) }
  await site.context.audit?.add(
    { who, action: 'signin', about: {}, from: '127.0.0.1' },
    { who, action: 'post', about: { path: '/campaigns/701Qy00000Ky9PfIAJ/sync' }, from: '::1' },
    { who, action: 'sync.sent', about },
  )
  const { page, open } = await startPerson(chromium, site)
  await open('/audit')
  const names = page.locator('th.title bdi')
  for (const width of [1024, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    const lines = await names.evaluateAll((all) => all.map((one) => one.getClientRects().length))
    expect(lines).toEqual([1, 1, 1])
  }
})
