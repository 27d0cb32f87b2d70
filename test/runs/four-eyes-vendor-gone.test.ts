// Runs that wait for an approver when one of their vendors is taken out of the settings.
import { expect, test } from 'vitest'
import { readPage } from '../support/browser/page.ts'
import { ADA, SAM, startCompany } from '../support/identity/company.ts'
import { setScene } from '../support/scene/scene.ts'
import { JSON_CALLER } from '../support/scene/script.ts'

test('the run of a vendor that is gone says so, and the others are approved', async ({
  onTestFinished,
}) => {
  const company = await startCompany()
  const scene = await setScene({
    vendors: [{}, { id: 'other', name: 'Other Ads' }],
    environment: { ...company.environment, APPROVE_ABOVE: 'campaigns=1' },
  })
  onTestFinished(async () => {
    await scene.close()
    await company.close()
  })
  const before = await scene.startApp()
  company.state.person = SAM
  const sam = scene.visitor(before.url)
  await sam.open('/campaigns')
  const ask = async (vendor: string) => {
    const draft = await sam.follow(await sam.post('/runs', { all: '1', vendor }))
    expect((await sam.post(`${draft.url.pathname}/start`, {})).status).toBe(409)
    return draft.url.pathname.slice('/runs/'.length)
  }
  const [gone, here] = [await ask('other'), await ask('fake')]
  await before.close()
  scene.setup.environment.VENDORS = scene.setup.environment.VENDORS?.split(',')[0] ?? ''
  const app = await scene.startApp()
  company.state.person = ADA
  const ada = scene.visitor(app.url)
  const page = await ada.open('/approvals')
  expect(page.status).toBe(200)
  const { text, actions } = readPage(page.body)
  expect(text).toContain('Its vendor (other) is not here any more')
  expect(actions.map(({ post }) => post).filter((post) => post?.startsWith('/approvals'))).toEqual([
    `/approvals/${gone}`,
    `/approvals/${here}`,
    `/approvals/${here}`,
  ])
  const { approvals } = JSON.parse((await ada.get('/approvals', JSON_CALLER)).body)
  expect(approvals).toMatchObject([
    { run: gone, vendorName: 'other' },
    { run: here, count: 4 },
  ])

  const isOf =
    (run: string, word: string) => (action: { name: string; post?: string | undefined }) =>
      action.name.startsWith(word) && action.post === `/approvals/${run}`
  const rest = await ada.click(page, isOf(here, 'Approve '))
  const none = await ada.click(rest, isOf(gone, 'Refuse '))
  expect(readPage(none.body).text).toContain('Nothing waits for you')
})
