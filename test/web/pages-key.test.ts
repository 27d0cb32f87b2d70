// The page that asks for an API key and a value of the person's own, in a real browser: axe, no complaint of the page, and the click is finished.
import { afterEach, expect, test } from 'vitest'
import { violationsOn } from '../support/browser/axe.ts'
import { startChromium } from '../support/browser/chromium.ts'
import { keyAds, playWith, startStage } from '../support/vendor/stage.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

test('asking for a key, also after a refused one, has no fault that axe finds, and finishes the click', async () => {
  const stage = await startStage()
  open.push(stage)
  stage.on('PUT /api', ({ headers }) =>
    headers['x-api-key'] === 'good-key'
      ? { body: { id: '1' } }
      : { status: 401, body: { error: 'no' } },
  )
  const shop = { from: 'person', label: 'Name of your shop', pattern: '[a-z]+' }
  const scene = await playWith([{ ...keyAds(stage.url), vars: { shop } }])
  open.push(scene)
  const chromium = await startChromium()
  open.push(chromium)
  const { page, close } = await chromium.open()
  const give = async (key: string) => {
    await page.getByLabel('Name of your shop').fill('acme')
    await page.getByLabel('API key').fill(key)
    await page.getByRole('button', { name: 'Save and continue' }).click()
  }
  const expectGood = async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await violationsOn(page)).toEqual([])
    }
  }
  await page.goto(`${scene.app.url}/campaigns/C1`)
  await page.getByRole('button', { name: 'Sync Spring launch' }).click()
  await expectGood()
  await give('bad-key')
  await page.getByText('did not accept the key').waitFor()
  await expectGood()
  await give('good-key')
  expect(await page.locator('.banner').textContent()).toContain('Spring launch synced.')
  await close()
})
