// What goes into a run: by default what is new and what changed; the confirm page and JSON say what is left out and why.
import { expect, test } from 'vitest'
import { contentHash } from '../../src/vendors/request.ts'
import { campaignsFile } from '../support/app/campaigns-file.ts'
import { approve, until } from '../support/app/runs.ts'
import { readPage } from '../support/browser/page.ts'
import { scenes } from '../support/scene/scene.ts'

const JSON_CALLER = { accept: 'application/json', 'content-type': 'application/json' }
const { begin: beginScene } = scenes('embedded')

const campaigns = [
  { id: 'same', name: 'Spring launch', startDate: '2027-01-01' },
  { id: 'other', name: 'Summer sale', startDate: '2027-01-01' },
  { id: 'failed', name: 'Winter sale', startDate: '2027-01-01' },
  { id: 'new', name: 'Autumn sale', startDate: '2027-01-01' },
]

/** One is at the vendor as it is, one in another version, one failed there, and one was never sent. */
async function begin(list: object[] = campaigns) {
  const file = campaignsFile(list as { id: string; name: string }[])
  const scene = await beginScene({
    environment: { CAMPAIGNS: file },
    file: { api: { needs: ['startDate'], concurrency: 1 } },
  })
  const { context } = scene.app
  const vendor = context.vendor('fake')
  const result = (kind: 'sent' | 'failed') => ({ kind, at: 1_000 })
  const content = contentHash(vendor, context.campaign('same'))
  await context.syncLog.addAll('fake', [
    { id: 'r-1', campaign: 'same', result: result('sent'), content },
    { id: 'r-2', campaign: 'other', result: result('sent'), content: 'another version' },
    { id: 'r-3', campaign: 'failed', result: result('failed') },
  ])
  const { person } = scene
  const post = async (body: object) => {
    const { status, body: text } = await person.post('/runs', JSON.stringify(body), JSON_CALLER)
    return { status, body: JSON.parse(text) }
  }
  return { ...scene, post }
}

test('all of a list are those that are new, changed or need attention, and the page says so', async () => {
  const { person, vendor } = await begin([...campaigns, { id: 'bare', name: 'Draft idea' }])
  const confirm = await person.follow(await person.post('/runs', { all: '1' }))
  const { heading, text } = readPage(confirm.body)
  expect(heading).toBe('Sync 3 campaigns?')
  expect(text).toContain('1 new, 1 changed, 1 that needs attention')
  expect(text).toContain('1 unchanged: Fake Ads has it as it is now. Spring launch')
  expect(text).toContain('1 incomplete: it has no start date. Draft idea')
  expect(text).toMatch(/Winter sale.*Failed.*Summer sale.*Changed.*Autumn sale.*Not synced/)
  expect(text).toMatch(/What is sent of Winter sale.*PUT http.*Bearer ••••.*Winter sale/)
  const id = confirm.url.pathname.slice('/runs/'.length)
  await approve(person, await person.post(`/runs/${id}/start`, {}))
  expect(await until(person, id)).toMatchObject({ state: 'done', total: 3, sent: 3 })
  expect(['same', 'bare'].map((one) => vendor.effects(one))).toEqual([0, 0])
})

test('the unchanged go too when the person says so', async () => {
  const { person } = await begin()
  const confirm = await person.follow(await person.post('/runs', { all: '1' }))
  const more = await person.click(confirm, 'Send the 1 unchanged too')
  expect(readPage(more.body).heading).toBe('Sync 4 campaigns?')
  expect(readPage(more.body).text).toContain('1 unchanged')
  expect(readPage(more.body).text).not.toContain('Left out')
})

test('JSON callers get the same choice, and what is left out of it', async () => {
  const { post } = await begin()
  expect(await post({ all: true })).toMatchObject({
    status: 201,
    body: {
      total: 3,
      leftOut: [
        { because: 'unchanged', count: 1, campaigns: [{ id: 'same', name: 'Spring launch' }] },
      ],
    },
  })
  expect((await post({ all: true, unchanged: true })).body).toMatchObject({ total: 4, leftOut: [] })
  expect((await post({ all: true, status: 'synced' })).body).toMatchObject({ total: 1 })
  expect((await post({ ids: ['same'] })).body).toMatchObject({ total: 1, leftOut: [] })
})

test('when nothing has changed nothing is made, and the page has a way to send it all the same', async () => {
  const { person, post } = await begin(campaigns.slice(0, 1))
  expect(await post({ all: true })).toMatchObject({
    status: 409,
    body: {
      code: 'E-UNCHANGED',
      because: 'unchanged',
      detail: expect.stringContaining('Fake Ads has it as it is now'),
    },
  })
  const page = await person.post('/runs', { all: '1' })
  expect([page.status, readPage(page.body).heading]).toEqual([409, 'Nothing to sync'])
  const made = await person.follow(await person.press(page, 'Send the 1 unchanged'))
  expect(readPage(made.body).heading).toBe('Sync 1 campaign?')
})

test('what lacks a field is left out by name, even when it was named', async () => {
  const { post } = await begin([...campaigns, { id: 'bare', name: 'Draft idea' }])
  expect((await post({ ids: ['new', 'bare'] })).body).toMatchObject({
    total: 1,
    leftOut: [{ because: 'incomplete', message: 'it has no start date', count: 1 }],
  })
  expect(await post({ ids: ['bare'] })).toMatchObject({
    status: 409,
    body: {
      code: 'E-UNCHANGED',
      because: 'incomplete',
      detail: expect.stringContaining('it has no start date'),
    },
  })
})

test.each([
  [{ ids: ['new'] }, 'Autumn sale'],
  [{ ids: ['new', 'same'] }, 'Autumn sale and Spring launch'],
  [{ ids: ['new', 'same', 'other'] }, 'Autumn sale and 2 more'],
  [{ all: true }, 'New and changed campaigns'],
  [{ all: true, unchanged: true }, 'All campaigns'],
  [{ all: true, status: 'changed' }, 'Changed campaigns'],
  [{ all: true, status: 'attention' }, 'Campaigns that need attention'],
  [{ all: true, search: ' sale ' }, '“sale”, new and changed'],
  [{ all: true, search: 'sale', status: 'failed' }, '“sale”, failed'],
  [{ all: true, search: 'sale', unchanged: true }, '“sale”'],
])('a run of %j is named %s', async (body, title) => {
  const { post, person } = await begin()
  const made = await post(body)
  expect(made.body).toMatchObject({ title, name: `${title} · Fake Ads` })
  const { text } = readPage((await person.open('/runs')).body)
  expect(text).toContain(`${title} · Fake Ads`)
})

test('a run is called by its name on its page, in its title and for whoever runs it', async () => {
  const { person, vendor } = await begin()
  const confirm = await person.follow(await person.post('/runs', { id: 'new' }))
  const id = confirm.url.pathname.slice('/runs/'.length)
  const gate = vendor.gate('api')
  await approve(person, await person.post(`/runs/${id}/start`, {}))
  await gate.arrived
  const page = readPage((await person.open(`/runs/${id}`)).body)
  expect(page.title).toBe('Syncing 0 of 1 · Autumn sale · Campaign Sync')
  expect(page.text).toMatch(/Autumn sale · Fake Ads · by \S+/)
  gate.release()
  await until(person, id, 'done')
})
