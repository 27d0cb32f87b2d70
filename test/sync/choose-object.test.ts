// Several objects that could be the campaign: the person says which one it is, and only of those that they were shown.
import { expect, onTestFinished, test } from 'vitest'
import { CAMPAIGNS } from '../support/app/setup.ts'
import { readPage } from '../support/browser/page.ts'
import { syncAnywhere, told } from '../support/scene/authorization.ts'
import { JSON_CALLER, press } from '../support/scene/script.ts'
import { keyAds, playWith, startStage } from '../support/vendor/stage.ts'

/** Key Ads has two objects of each name, `<id>-1` and `<id>-2`, and each campaign has access there. */
async function begin() {
  const stage = await startStage()
  onTestFinished(() => stage.close())
  const { api, ...file } = keyAds(stage.url)
  const { push: _, ...rest } = api
  const name = '${campaign.name}'
  const operations = {
    create: [{ path: '/made', body: { name }, keep: { id: 'id' } }],
    find: {
      path: '/list',
      items: 'data',
      match: { path: 'name', equals: name },
      keep: { id: 'id' },
    },
    update: { path: '/changed/${known.id}', body: { name } },
  }
  const scene = await playWith([{ ...file, api: { ...rest, ...operations } }])
  onTestFinished(() => scene.close())
  const both = [1, 2].flatMap((n) => CAMPAIGNS.map(({ id, name }) => ({ id: `${id}-${n}`, name })))
  stage.on('GET /list', { body: { data: both } })
  stage.on('POST /changed', { body: {} })
  const changed = () => stage.asked('POST /changed').map(({ url }) => url.pathname)
  return { ...scene, stage, changed }
}

function chooser(page: Awaited<ReturnType<typeof syncAnywhere>>) {
  const action = readPage(page.body).actions.find(({ fields }) => fields.use !== undefined)
  if (!action?.post) throw new Error(`nothing to choose from: ${readPage(page.body).text}`)
  return { post: action.post, fields: action.fields }
}

test('the one that is chosen is used from then on, and the same click sent again is told its end', async () => {
  const { person, changed } = await begin()
  const { post, fields } = chooser(await syncAnywhere(person, 'C1'))
  expect(fields.use).toBe('C1-1')
  for (const _ of [1, 2]) {
    const page = await person.follow(await person.post(post, fields))
    expect([page.status, told(page)]).toEqual([200, 'Spring launch synced.'])
  }
  expect(changed()).toEqual(['/changed/C1-1'])
  await syncAnywhere(person, 'C1')
  expect(changed()).toEqual(['/changed/C1-1', '/changed/C1-1'])
})

test('an id that was not offered for this very press is refused, and nothing is sent', async () => {
  const { person, changed } = await begin()
  const of1 = chooser(await syncAnywhere(person, 'C1'))
  const of2 = chooser(await syncAnywhere(person, 'C2'))
  const { intent: _, ...without } = of1.fields
  for (const fields of [
    { ...of1.fields, use: '../../me' },
    { ...of1.fields, use: 'C2-1' },
    { ...of1.fields, use: 'C2-1', intent: of2.fields.intent ?? '' },
    without,
    { use: 'C1-1' },
  ]) {
    const page = await person.post(of1.post, fields)
    expect([page.status, readPage(page.body).text]).toEqual([
      400,
      expect.stringContaining('This object was not offered for this campaign. Nothing was sent.'),
    ])
  }
  expect(changed()).toEqual([])
})

test('a script chooses by the key of its press', async () => {
  const { person, changed } = await begin()
  await syncAnywhere(person, 'C1')
  const { result } = JSON.parse((await press(person, 'C1', 'of-a-script')).body)
  expect(result.candidates.map(({ id }: { id: string }) => id)).toEqual(['C1-1', 'C1-2'])
  const headers = { ...JSON_CALLER, 'idempotency-key': 'of-a-script' }
  const choose = (use: string) =>
    person.post('/campaigns/C1/sync', JSON.stringify({ use }), headers)
  expect((await choose('C2-1')).status).toBe(400)
  expect(JSON.parse((await choose('C1-2')).body)).toMatchObject({ status: 'Synced' })
  expect(changed()).toEqual(['/changed/C1-2'])
})
