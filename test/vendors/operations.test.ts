// What a file may say of create, update and find, and what is made of the responses, at an API that takes keys.
import { afterEach, expect, test } from 'vitest'
import { readPage } from '../support/browser/page.ts'
import { syncAnywhere, told } from '../support/scene/authorization.ts'
import { keyAds, playWith, startStage } from '../support/vendor/stage.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const CREATE = { path: '/made', body: { name: '${campaign.name}' }, keep: { id: 'id' } }
const FIND = {
  path: '/list',
  items: 'data',
  match: { path: 'name', equals: '${campaign.name}' },
  keep: { id: 'id' },
}

test('the file’s own content type is sent', async () => {
  const { stage, press } = await begin({
    create: CREATE,
    headers: { 'Content-Type': 'application/vnd.api+json' },
  })
  expect(told(await press())).toContain('Spring launch synced.')
  expect(stage.asked('POST /made')[0]?.headers['content-type']).toBe('application/vnd.api+json')
})

test('a search that the vendor refuses within a 200 is no proof that nothing is there', async () => {
  const { stage, press } = await begin({
    create: CREATE,
    find: { ...FIND, ok: { path: 'code', equals: 0 } },
    errorMessage: 'message',
  })
  stage.on('GET /list', { body: { code: 40_002, message: 'no such filter', data: [] } })
  expect(readPage((await press()).body).text).toContain('no such filter')
  expect(stage.asked('POST /made')).toHaveLength(0)
})

test('a search that says its pages end is not asked for more', async () => {
  const { stage, press } = await begin({
    create: CREATE,
    find: { ...FIND, next: { value: 'last', param: 'after', while: 'more' } },
  })
  stage.on('GET /list', { body: { data: [{ id: '1', name: 'Other' }], last: '1', more: false } })
  expect(told(await press())).toContain('Spring launch synced.')
  expect(stage.asked('GET /list')).toHaveLength(1)
})

test('a next page at another origin is not read, and then "none" is not believed', async () => {
  const { stage, press } = await begin({ create: CREATE, find: { ...FIND, next: { url: 'next' } } })
  const body = { data: [{ id: '1', name: 'Other' }], next: 'http://127.0.0.1:9/list?page=2' }
  stage.on('GET /list', { body })
  expect(told(await press())).toContain('We cannot tell whether Spring launch is at Key Ads')
  expect(stage.asked('POST /made')).toHaveLength(0)
})

const AFTER = { ...FIND, after: [{ path: '/list/${known.id}', keep: { part: 'part' } }] }
const UPDATE = { path: '/changed/${known.part}', body: { name: '${campaign.name}' } }

test.each([
  ['a limit', { status: 429, headers: { 'retry-after': '0' }, body: {} }, 'asked us to slow down'],
  ['an error of its own', { status: 500, body: {} }, 'is not answering properly'],
  ['no answer', 'lost', 'is not answering properly'],
] as const)(
  'what is found is not linked while its further values are answered with %s',
  async (_, answer, words) => {
    const { stage, press } = await begin({ create: CREATE, update: UPDATE, find: AFTER })
    stage.on('GET /list', { body: { data: [{ id: 7, name: 'Spring launch' }] } })
    stage.on('GET /list/7', () => {
      if (answer === 'lost') throw new Error('the connection is lost')
      return answer
    })
    expect(told(await press())).toContain(words)
    stage.on('GET /list/7', { body: { part: 'p-7' } })
    stage.on('POST /changed/p-7', { body: {} })
    expect(told(await press())).toContain('Spring launch synced.')
    expect(stage.asked('POST')).toHaveLength(1)
  },
)

test('a next page whose address is none is not read, and then "none" is not believed', async () => {
  const { stage, press } = await begin({ create: CREATE, find: { ...FIND, next: { url: 'next' } } })
  stage.on('GET /list', { body: { data: [{ id: '1', name: 'Other' }], next: 'http://' } })
  expect(told(await press())).toContain('We cannot tell whether Spring launch is at Key Ads')
  expect(stage.asked('POST /made')).toHaveLength(0)
})

test('an update that changes nothing and is refused as a duplicate of itself is a success', async () => {
  const { stage, press } = await begin({
    create: CREATE,
    update: { path: '/changed', body: { name: '${campaign.name}' }, whole: true },
    find: FIND,
    exists: { path: 'error', equals: 'duplicate' },
  })
  await press()
  stage.on('POST /changed', { status: 403, body: { error: 'duplicate' } })
  stage.on('GET /list', { body: { data: [{ id: 88, name: 'Spring launch' }] } })
  expect(told(await press())).toContain('Spring launch synced.')
  stage.on('GET /list', { body: { data: [{ id: 99, name: 'Spring launch' }] } })
  expect(told(await press())).toContain('Key Ads did not accept Spring launch')
})

test('a further request of create whose answer was lost is not repeated by itself', async () => {
  const further = { path: '/ad', body: { parent: '${known.id}' }, keep: { ad: 'id' } }
  const { stage, press, person } = await begin({ create: [CREATE, further] })
  let answers = 0
  stage.on('POST /ad', () => {
    answers += 1
    if (answers === 1) throw new Error('the connection is lost')
    return { status: 201, body: { id: 'a1' } }
  })
  for (const _ of [1, 2]) expect(told(await press())).toContain('We don’t know whether Key Ads got')
  expect(stage.asked('POST /ad')).toHaveLength(1)
  const page = await person.click(await press(), 'Send as a new push')
  expect(told(page)).toContain('Spring launch synced.')
  expect([stage.asked('POST /made').length, stage.asked('POST /ad').length]).toEqual([1, 2])
})

async function begin(api: Record<string, unknown>) {
  const stage = await startStage()
  open.push(stage)
  stage.on('POST /made', { status: 201, body: { id: '88' } })
  stage.on('GET /list', { body: { data: [] } })
  const { api: of, ...file } = keyAds(stage.url)
  const { push: _, ...rest } = of
  const scene = await playWith([{ ...file, api: { ...rest, ...api } }])
  open.push(scene)
  const { person } = scene
  return { stage, person, press: () => syncAnywhere(person, 'C1') }
}
