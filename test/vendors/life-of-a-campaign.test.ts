// One campaign is one object at the vendor: synced, corrected, renamed, lost, gone, at the stand-ins of real vendors.
import { writeFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { CAMPAIGNS } from '../support/app/setup.ts'
import { syncAnywhere, told } from '../support/scene/authorization.ts'
import { playAtStandIn } from '../support/vendor/stand-ins/scene.ts'
import { DOCUMENTED } from '../support/vendor/vendor-answers.ts'
import { LIVE } from './stand-in-facts.ts'

const VENDORS = [
  'activecampaign',
  'brevo',
  'constant-contact',
  'eventbrite',
  'github',
  'google-ads',
  'hubspot',
  'klaviyo',
  'linkedin',
  'mailchimp',
  'meta',
  'openai-ads',
  'pinterest',
  'tiktok-ads',
  'x',
]

/** People bring a key there: one that ended is asked for in a form. */
const BY_KEY = ['activecampaign', 'brevo', 'openai-ads']

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function begin(id: string, options?: Parameters<typeof playAtStandIn>[2]) {
  const { environment = {}, campaign = {} } = DOCUMENTED[id] ?? {}
  const scene = await playAtStandIn(id, environment, options, campaign)
  open.push(scene)
  const { config, campaigns } = scene.app.context
  /** Changes C1 in the campaign file. */
  const edit = async (changes: object) => {
    const edited = CAMPAIGNS.map((one) => ({
      ...one,
      ...campaign,
      ...(one.id === 'C1' && changes),
    }))
    writeFileSync(config.campaignsFile, JSON.stringify(edited))
    await campaigns.refresh()
  }
  return { ...scene, edit }
}

test.each(VENDORS)('corrected and renamed, it stays one object at %s', async (id) => {
  const { person, standIn, edit } = await begin(id)
  expect(told(await syncAnywhere(person, 'C1'))).toContain('Spring launch synced.')
  await edit({ budget: 777 })
  expect(told(await syncAnywhere(person, 'C1'))).toContain('Spring launch synced.')
  await edit({ name: 'Autumn launch' })
  expect(told(await syncAnywhere(person, 'C1'))).toContain('Autumn launch synced.')
  expect(standIn.objects()).toHaveLength(1)
  expect(standIn.objects()[0]?.createdLive).toBe(LIVE.includes(id))
  expect(JSON.stringify(standIn.objects()[0]?.fields)).toContain('Autumn launch')
})

test.each(VENDORS)('a lost answer is settled by looking at %s', async (id) => {
  const { person, standIn } = await begin(id)
  await syncAnywhere(person, 'C2')
  standIn.next('lost')
  await syncAnywhere(person, 'C1')
  expect(told(await syncAnywhere(person, 'C1'))).toContain('Spring launch synced.')
  expect(standIn.objects()).toHaveLength(2)
})

test.each(VENDORS)(
  'what is gone at %s is asked about, and made again when the person says so',
  async (id) => {
    const { person, standIn } = await begin(id)
    await syncAnywhere(person, 'C1')
    standIn.remove(standIn.objects()[0]?.id ?? '')
    const gone = await syncAnywhere(person, 'C1')
    expect(told(gone)).toContain('no longer has Spring launch')
    const objects = standIn.objects().length
    expect(told(await person.click(gone, 'Create it again'))).toContain('Spring launch synced.')
    expect(standIn.objects()).toHaveLength(objects + 1)
  },
)

test.each(VENDORS)('a lost answer is settled at %s though its lists lag behind', async (id) => {
  const { person, standIn } = await begin(id, { lag: { ms: 700 } })
  await syncAnywhere(person, 'C2')
  standIn.next('lost')
  await syncAnywhere(person, 'C1')
  expect(told(await syncAnywhere(person, 'C1'))).toContain('Spring launch synced.')
  expect(standIn.objects()).toHaveLength(2)
})

test.each(VENDORS.filter((id) => id !== 'github'))(
  'two of the same name at %s are shown, and nothing is pushed',
  async (id) => {
    const { person, standIn } = await begin(id)
    for (const _ of [1, 2]) standIn.add('Spring launch')
    const page = await syncAnywhere(person, 'C1')
    expect(told(page)).toContain('has 2 that could be it')
    expect(standIn.objects().map(({ writes }) => writes)).toEqual([1, 1])
  },
)

test.each(VENDORS)('an ended token and a rate limit make no second object at %s', async (id) => {
  const { person, standIn } = await begin(id)
  await syncAnywhere(person, 'C1')
  if (!BY_KEY.includes(id)) {
    standIn.endTokens()
    expect(told(await syncAnywhere(person, 'C1'))).toContain('Spring launch synced.')
  }
  standIn.next('limited')
  expect(told(await syncAnywhere(person, 'C1'))).toContain('asked us to slow down')
  expect(standIn.objects()).toHaveLength(1)
})

test.each(['constant-contact', 'google-ads'])(
  'a name that %s has already, unseen by its lists, is refused and not in doubt',
  async (id) => {
    const { person, standIn } = await begin(id, { lag: { ms: 60_000 } })
    standIn.add('Spring launch')
    const page = await syncAnywhere(person, 'C1')
    expect(told(page)).toContain('did not accept Spring launch')
    expect(standIn.objects()).toMatchObject([{ writes: 1 }])
  },
)
