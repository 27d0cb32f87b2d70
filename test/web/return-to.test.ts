// The button of another system: it leads to the sync page here, and after a good sync back to its own page.
import { expect, onTestFinished, test } from 'vitest'
import { startWebhook } from '../support/app/receivers.ts'
import { readPage } from '../support/browser/page.ts'
import { onward, told } from '../support/scene/authorization.ts'
import { scenes } from '../support/scene/scene.ts'

const CRM = 'https://acme.lightning.force.com'
const RECORD = `${CRM}/lightning/r/Campaign/701Qy00000Ky9PfIAJ/view?ws=1`
const { begin } = scenes('embedded')

const atCrm = (next: URL) => next.origin === CRM
const pageFor = (record: string) => `/campaigns/C1/sync?return=${encodeURIComponent(record)}`

test('one press, the vendor, and back on the record', async () => {
  const crm = await startWebhook()
  onTestFinished(crm.close)
  const { person } = await begin({
    environment: { RETURN_TO: `https://other.example, ${crm.url}` },
  })
  const record = `${crm.url}/lightning/r/Campaign/701Qy00000Ky9PfIAJ/view?ws=1`
  const asked = await person.open(pageFor(record))
  expect(readPage(asked.body).text).toContain(`you are back at ${new URL(crm.url).host}`)
  const end = await onward(person, await person.click(asked, 'Sync Spring launch'))
  expect(end.url.href).toBe(record)
  expect(told(await person.open('/campaigns/C1'))).toBe(undefined)
  const page = await person.open('/campaigns/C1')
  expect(readPage(page.body).text).toMatch(/✓ ?Synced just now/)
})

test('what did not end well is told here, and nobody is sent away from it', async () => {
  const { person, vendor } = await begin({ environment: { RETURN_TO: CRM } })
  await onward(
    person,
    await person.follow(
      await person.press(await person.open('/campaigns/C1'), 'Sync Spring launch'),
    ),
  )
  vendor.script('api', [{ status: 403, body: { error: { message: 'Not yours.' } } }])
  const end = await person.follow(
    await person.press(await person.open(pageFor(RECORD)), 'Sync Spring launch'),
    atCrm,
  )
  expect(end.next).toBe(undefined)
  expect(end.url.pathname).toBe('/campaigns/C1')
  expect(told(end)).toContain('Not yours')
})

test.each([
  'https://evil.test/',
  `${CRM}.evil.test/`,
  `${CRM}@evil.test/`,
  `${CRM}\\@evil.test/`,
  `${CRM}:444/`,
  CRM.replace('https', 'http'),
  CRM,
  `//acme.lightning.force.com/`,
  `${CRM}/\nSet-Cookie: a=b`,
  'javascript:alert(1)//acme.lightning.force.com/',
])('nobody is sent to %j', async (record) => {
  const { person, app } = await begin({ environment: { RETURN_TO: CRM } })
  const asked = await person.open(pageFor(record))
  const form = readPage(asked.body).actions.find(({ post }) => post?.endsWith('/sync'))
  expect(form?.fields.referrer).toBe('/campaigns/C1')
  const end = await onward(
    person,
    await person.follow(
      await person.post('/campaigns/C1/sync', { ...form?.fields, referrer: record }),
    ),
  )
  expect(end.url.origin).toBe(app.url)
  expect(told(end)).toContain('synced')
})
