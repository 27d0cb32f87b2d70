// One campaign is one object at the vendor: synced, corrected, renamed, lost, gone, at the stand-ins of real vendors.
import { writeFileSync } from 'node:fs'
import { expect, type TestContext, test } from 'vitest'
import { approve, until } from '../support/app/runs.ts'
import { CAMPAIGNS } from '../support/app/setup.ts'
import { createVisitor } from '../support/browser/http-visitor.ts'
import { syncAnywhere, told } from '../support/scene/authorization.ts'
import { playAtStandIn } from '../support/vendor/stand-ins/scene.ts'
import { DOCUMENTED } from '../support/vendor/vendor-answers.ts'
import { LIVE, MARKED } from './stand-in-facts.ts'

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
  'slack',
  'tiktok-ads',
  'x',
]

/** People bring a key there: one that ended is asked for in a form. */
const BY_KEY = ['activecampaign', 'brevo', 'openai-ads']

async function begin(
  id: string,
  { onTestFinished }: TestContext,
  options?: Parameters<typeof playAtStandIn>[2],
) {
  const { environment = {}, campaign = {} } = DOCUMENTED[id] ?? {}
  const scene = await playAtStandIn(id, environment, options, campaign)
  onTestFinished(() => scene.close())
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

test.concurrent.for(VENDORS)(
  'corrected and renamed, it stays one object at %s',
  async (id, context) => {
    const { person, standIn, edit } = await begin(id, context)
    expect(told(await syncAnywhere(person, 'C1'))).toContain('Spring launch synced.')
    await edit({ budget: 777 })
    expect(told(await syncAnywhere(person, 'C1'))).toContain('Spring launch synced.')
    await edit({ name: 'Autumn launch' })
    expect(told(await syncAnywhere(person, 'C1'))).toContain('Autumn launch synced.')
    expect(standIn.objects()).toHaveLength(1)
    expect(standIn.objects()[0]?.createdLive).toBe(LIVE.includes(id))
    expect(JSON.stringify(standIn.objects()[0]?.fields)).toContain('Autumn launch')
  },
)

test.concurrent.for(VENDORS)('a lost answer is settled by looking at %s', async (id, context) => {
  const { person, standIn } = await begin(id, context)
  await syncAnywhere(person, 'C2')
  standIn.next('lost')
  await syncAnywhere(person, 'C1')
  expect(told(await syncAnywhere(person, 'C1'))).toContain('Spring launch synced.')
  expect(standIn.objects()).toHaveLength(2)
})

test.concurrent.for(VENDORS)(
  'what is gone at %s is asked about, and made again when the person says so',
  async (id, context) => {
    const { person, standIn } = await begin(id, context)
    await syncAnywhere(person, 'C1')
    standIn.remove(standIn.objects()[0]?.id ?? '')
    const gone = await syncAnywhere(person, 'C1')
    expect(told(gone)).toContain('no longer has Spring launch')
    const objects = standIn.objects().length
    expect(told(await person.click(gone, 'Create it again'))).toContain('Spring launch synced.')
    expect(standIn.objects()).toHaveLength(objects + 1)
  },
)

test.concurrent.for(VENDORS)(
  'a lost answer is settled at %s though its lists lag behind',
  async (id, context) => {
    const { person, standIn } = await begin(id, context, { lag: { ms: 700 } })
    await syncAnywhere(person, 'C2')
    standIn.next('lost')
    await syncAnywhere(person, 'C1')
    expect(told(await syncAnywhere(person, 'C1'))).toContain('Spring launch synced.')
    expect(standIn.objects()).toHaveLength(2)
  },
)

test.concurrent.for(VENDORS.filter((id) => !MARKED.includes(id)))(
  'two of the same name at %s are shown, and nothing is pushed',
  async (id, context) => {
    const { person, standIn } = await begin(id, context)
    for (const _ of [1, 2]) standIn.add('Spring launch')
    const page = await syncAnywhere(person, 'C1')
    expect(told(page)).toContain('has 2 that could be it')
    expect(standIn.objects().map(({ writes }) => writes)).toEqual([1, 1])
  },
)

test.concurrent.for(VENDORS)(
  'an ended token and a rate limit make no second object at %s',
  async (id, context) => {
    const { person, standIn } = await begin(id, context)
    await syncAnywhere(person, 'C1')
    if (!BY_KEY.includes(id)) {
      standIn.endTokens()
      expect(told(await syncAnywhere(person, 'C1'))).toContain('Spring launch synced.')
    }
    standIn.next('limited')
    expect(told(await syncAnywhere(person, 'C1'))).toContain('asked us to slow down')
    expect(standIn.objects()).toHaveLength(1)
  },
)

test.concurrent.for(['constant-contact', 'google-ads'])(
  'a name that %s has already, unseen by its lists, is refused and not in doubt',
  async (id, context) => {
    const { person, standIn } = await begin(id, context, { lag: { ms: 60_000 } })
    standIn.add('Spring launch')
    const page = await syncAnywhere(person, 'C1')
    expect(told(page)).toContain('did not accept Spring launch')
    expect(standIn.objects()).toMatchObject([{ writes: 1 }])
  },
)

test.concurrent.for(VENDORS)(
  'made with its answer lost, and renamed since, it is found by what was sent at %s',
  async (id, context) => {
    const { person, standIn, edit } = await begin(id, context)
    await syncAnywhere(person, 'C2')
    standIn.next('lost')
    await syncAnywhere(person, 'C1')
    await edit({ name: 'Autumn launch' })
    await syncAnywhere(person, 'C1')
    expect(standIn.objects()).toHaveLength(2) // C2's, and the one
  },
)

test.concurrent.for(['meta', 'hubspot'])(
  'a run that lost the answer finds what it made at %s, renamed since',
  async (id, context) => {
    const { person, standIn, edit } = await begin(id, context)
    await syncAnywhere(person, 'C2')
    const made = await person.follow(await person.post('/runs', { id: 'C1' }))
    const run = made.url.pathname.slice('/runs/'.length)
    standIn.next('lost')
    await approve(person, await person.post(`/runs/${run}/start`, {}))
    expect(await until(person, run)).toMatchObject({ unknown: 1 })
    await edit({ name: 'Autumn launch' })
    await approve(person, await person.post(`/runs/${run}/retry`, { unknown: '1' }))
    expect(await until(person, run)).toMatchObject({ state: 'done', sent: 1 })
    expect(standIn.objects()).toHaveLength(2)
  },
)

/** They take one of a name. */
const UNIQUE_NAMES = ['constant-contact', 'google-ads', 'tiktok-ads', 'x']

test.concurrent.for(VENDORS.filter((id) => !MARKED.includes(id)))(
  'another campaign’s object of the same name is not taken over at %s',
  async (id, context) => {
    const { person, standIn, edit } = await begin(id, context)
    expect(told(await syncAnywhere(person, 'C2'))).toContain('Webinar EMEA synced.')
    await edit({ name: 'Webinar EMEA' })
    const asked = await syncAnywhere(person, 'C1')
    expect(told(asked)).toContain('has 1 that could be it')
    expect(standIn.objects()).toMatchObject([{ writes: 1 }])
    const looked = await person.post('/campaigns/C1/preview', { vendor: id })
    expect(looked.body).toContain('has 1 that could be it')
    const made = told(await person.click(asked, 'Create a new one'))
    if (UNIQUE_NAMES.includes(id)) return expect(made).toContain('did not accept Webinar EMEA')
    expect(made).toContain('Webinar EMEA synced.')
    expect(told(await syncAnywhere(person, 'C1'))).toContain('Webinar EMEA synced.')
    expect(standIn.objects()).toHaveLength(2)
  },
)

test.concurrent.for(['meta', 'hubspot', 'linkedin'])(
  'two people who press at once make one object at %s',
  async (id, context) => {
    const { app, person, standIn } = await begin(id, context, { lag: { ms: 300 } })
    const other = createVisitor(app.url)
    context.onTestFinished(() => other.close())
    for (const one of [person, other]) await syncAnywhere(one, 'C2')
    const ends = await Promise.all([person, other].map((one) => syncAnywhere(one, 'C1')))
    for (const end of ends) expect(told(end)).toContain('Spring launch synced.')
    expect(standIn.objects()).toHaveLength(2)
  },
)

test('who waits too long for another who makes it is told that, and the campaign has not failed', async (context) => {
  const { app, person, standIn } = await begin('linkedin', context)
  await syncAnywhere(person, 'C2')
  const { links } = app.context
  const { alone } = links
  links.alone = async () => undefined
  expect(told(await syncAnywhere(person, 'C1'))).toMatch(
    /^Somebody else is making Spring launch at \S+ at this moment\. Nothing was sent\./,
  )
  const standing = await app.context.syncLog.standings('linkedin', ['C1'])
  expect([standIn.objects().length, standing]).toEqual([1, [undefined]])
  Object.assign(links, { alone })
  expect(told(await syncAnywhere(person, 'C1'))).toContain('Spring launch synced.')
})

test.concurrent.for(['meta', 'google-ads', 'pinterest', 'tiktok-ads'])(
  'renamed, and synced by a colleague with a login of their own, it stays one object at %s',
  async (id, context) => {
    const { app, person, standIn, edit } = await begin(id, context)
    expect(told(await syncAnywhere(person, 'C1'))).toContain('Spring launch synced.')
    await edit({ name: 'Autumn launch' })
    standIn.signInAs({ id: '2', name: 'Eve' })
    const other = createVisitor(app.url)
    context.onTestFinished(() => other.close())
    expect(told(await syncAnywhere(other, 'C1'))).toContain('Autumn launch synced.')
    expect(standIn.objects()).toHaveLength(1)
  },
)
