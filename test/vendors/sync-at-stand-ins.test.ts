// The app with a shipped vendor file against the stand-in of that vendor: what is there after a sync.
import { afterEach, expect, test } from 'vitest'
import { syncAnywhere, told } from '../support/scene/authorization.ts'
import { playAtStandIn } from '../support/vendor/stand-ins/scene.ts'
import { DOCUMENTED } from '../support/vendor/vendor-answers.ts'

const ACCEPTED = [
  'constant-contact',
  'github',
  'google-ads',
  'mailchimp',
  'salesforce',
  'slack',
  'tiktok-ads',
  'x',
  'pinterest',
  'klaviyo',
  'brevo',
  'activecampaign',
  'openai-ads',
]

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

test.each(ACCEPTED)('one sync makes one object at %s', async (id) => {
  const { person, standIn } = await begin(id)
  expect(told(await syncAnywhere(person, 'C1'))).toContain('Spring launch synced.')
  expect(standIn.objects()).toMatchObject([{ writes: 1 }])
  expect(JSON.stringify(standIn.objects()[0]?.fields)).toContain('Spring launch')
})

test('the same sync again changes the record at salesforce', async () => {
  const { person, standIn } = await begin('salesforce')
  for (const _ of [1, 2]) await syncAnywhere(person, 'C1')
  expect(standIn.objects()).toMatchObject([{ writes: 2, createdLive: false }])
})

async function begin(id: string) {
  const scene = await playAtStandIn(
    id,
    DOCUMENTED[id]?.environment ?? {},
    {},
    DOCUMENTED[id]?.campaign,
  )
  open.push(scene)
  return scene
}
