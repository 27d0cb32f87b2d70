// Two people push one campaign for the first time: one of them makes its object, all parts of it.
import { expect, onTestFinished, test, vi } from 'vitest'
import { createLinks } from '../../src/sync/links.ts'
import { createVisitor } from '../support/browser/http-visitor.ts'
import { syncAnywhere, told } from '../support/scene/authorization.ts'
import { edit } from '../support/scene/edit.ts'
import { createMemoryStore } from '../support/sync/memory-store.ts'
import { keyAds, playWith, startStage } from '../support/vendor/stage.ts'

const NAME = { name: '${campaign.name}' }
const CREATE = { path: '/made', body: NAME, keep: { id: 'id' } }
const FIND = {
  ...{ path: '/list', items: 'data', keep: { id: 'id' }, settleSeconds: 0 },
  match: { path: 'name', equals: '${campaign.name}' },
}

/** Two people at a vendor that makes an object and changes it; `api` adds to that. */
async function begin(api: object = {}) {
  const stage = await startStage()
  onTestFinished(() => stage.close())
  const { api: of, ...file } = keyAds(stage.url)
  const { push: _, ...rest } = of
  const update = { path: '/changed/${known.id}', body: NAME }
  const scene = await playWith([{ ...file, api: { ...rest, create: [CREATE], update, ...api } }])
  onTestFinished(scene.close)
  const { app, setup, person } = scene
  const other = createVisitor(app.url)
  onTestFinished(() => other.close())
  return {
    ...{ stage, app, person, other },
    rename: (id: string, name: string) => edit(setup, id, { name }, [app]),
    /** C1 and C2 have access, nothing is linked, and both have this name. */
    async bothNamed(name: string) {
      for (const id of ['C1', 'C2']) await syncAnywhere(person, id)
      await app.context.store.del('links:key-ads')
      for (const id of ['C1', 'C2']) await edit(setup, id, { name }, [app])
    },
  }
}

test('who comes while the second part is being made does not make it too', async () => {
  const part = { path: '/parts', body: NAME, keep: { part: 'id' } }
  const { stage, app, person, other } = await begin({ create: [CREATE, part] })
  stage.on('POST', { body: { id: '7' } })
  for (const one of [person, other]) await syncAnywhere(one, 'C2')
  const parts = stage.asked('POST /parts').length

  const made = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  stage.on('POST /parts', async () => {
    if (stage.asked('POST /parts').length > parts + 1) made.resolve()
    arrived.resolve()
    await made.promise
    return { body: { id: '8' } }
  })
  const first = syncAnywhere(person, 'C1')
  await arrived.promise
  const { links } = app.context
  const { alone } = links
  const isWaiting = Promise.withResolvers<void>()
  links.alone = (...asked) => {
    isWaiting.resolve()
    return alone(...asked)
  }
  const second = syncAnywhere(other, 'C1')
  await Promise.race([isWaiting.promise, made.promise])
  made.resolve()
  for (const page of await Promise.all([first, second]))
    expect(told(page)).toContain('Spring launch synced.')
  expect(stage.asked('POST /parts')).toHaveLength(parts + 1)
})

test('who stood still while making it sends nothing once another may make it', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const links = createLinks(createMemoryStore().seenBy())
  const link = { vendor: 'v', account: undefined, campaign: 'C1' }
  const may = await links.alone(link, undefined, async (isAlone) => {
    const before = isAlone()
    vi.setSystemTime(Date.now() + 10_000)
    const other = await links.alone(link, undefined, async () => ({
      told: 'another',
      lost: undefined,
    }))
    return { told: [before, other?.told, isAlone()], lost: undefined }
  })
  expect(may?.told).toEqual([true, 'another', false])
})

test.each([
  ['as it is', 'Spring launch'],
  ['renamed since', 'Autumn launch'],
])('what one of them made, whose answer was lost, the other finds %s', async (_, name) => {
  const find = { ...FIND, settleSeconds: 1 }
  const { stage, person, other, rename } = await begin({ find })
  const objects: { id: string; name: string; at: number }[] = []
  stage.on('POST /made', (request) => {
    objects.push({
      id: `o${objects.length}`,
      name: JSON.parse(request.body).name,
      at: performance.now(),
    })
    if (objects.length === 1) throw new Error('its answer is lost')
    return { body: { id: objects.at(-1)?.id } }
  })
  stage.on('POST /changed', { body: {} })
  const isListed = ({ at }: { at: number }) => performance.now() - at > 700
  stage.on('GET /list', () => ({ body: { data: objects.filter(isListed) } }))
  expect(told(await syncAnywhere(person, 'C1'))).toContain('don’t know whether Key Ads got')
  await rename('C1', name)
  expect(told(await syncAnywhere(other, 'C1'))).toContain(`${name} synced.`)
  expect(objects).toHaveLength(1)
  expect(stage.asked('POST /changed')).toHaveLength(1)
})

test('of two campaigns of one name, pushed at once, one takes the object that is there, and the other asks', async () => {
  const { stage, person, bothNamed } = await begin({ find: FIND })
  stage.on('POST', { body: { id: '9' } })
  stage.on('GET /list', { body: { data: [] } })
  await bothNamed('Newsletter')
  const changed = stage.asked('POST /changed').length

  stage.on('GET /list', { body: { data: [{ id: '7', name: 'Newsletter' }] } })
  const ends = await Promise.all(['C1', 'C2'].map((id) => syncAnywhere(person, id)))
  const words = ends.map((page) => told(page)?.replace(/:.*/, ''))
  expect(words.sort()).toEqual([
    'Newsletter synced.',
    'We cannot tell whether Newsletter is at Key Ads already',
  ])
  expect(stage.asked('POST /changed')).toHaveLength(changed + 1)
})

/** A vendor that finds by name, and has what was made; `lose` loses the answer to the next one. */
async function makers() {
  const scene = await begin({ find: FIND, gone: [{ status: [404] }] })
  const { stage } = scene
  const objects: { id: string; name: string }[] = []
  let isLost = false
  let made = 0
  stage.on('POST /made', (request) => {
    made += 1
    objects.push({ id: `o${made}`, name: JSON.parse(request.body).name })
    if (isLost) throw new Error('its answer is lost')
    return { body: { id: objects.at(-1)?.id } }
  })
  stage.on('POST /changed', ({ url }) => {
    const isThere = objects.some(({ id }) => url.pathname.endsWith(`/${id}`))
    return isThere ? { body: {} } : { status: 404, body: {} }
  })
  stage.on('GET /list', () => ({ body: { data: objects } }))
  const lose = (is: boolean) => {
    isLost = is
  }
  return { ...scene, objects, lose }
}

test('of two who were asked the same, and both want a new one, one makes it', async () => {
  const { person, other, objects } = await makers()
  for (const id of ['x', 'y']) objects.push({ id, name: 'Spring launch' })
  const asked = [await syncAnywhere(person, 'C1'), await syncAnywhere(other, 'C1')] as const
  const ends = await Promise.all([
    person.click(asked[0], 'Create a new one'),
    other.click(asked[1], 'Create a new one'),
  ])
  for (const end of ends) expect(told(end)).toContain('Spring launch synced.')
  expect(objects).toHaveLength(3)
})

test('a lost answer to Create it again is settled by looking', async () => {
  const { person, objects, lose } = await makers()
  await syncAnywhere(person, 'C1')
  objects.splice(0, 1)
  const gone = await syncAnywhere(person, 'C1')
  lose(true)
  const lost = await person.click(gone, 'Create it again')
  expect(told(lost)).toContain('don’t know whether Key Ads got')
  lose(false)
  expect(told(await person.click(lost, 'Check and sync again'))).toContain('Spring launch synced.')
  expect(objects).toHaveLength(1)
})

test('of two campaigns of one name, the second does not take what is just being made for the first', async () => {
  const { person, app, stage, objects, bothNamed } = await makers()
  await bothNamed('Newsletter')
  objects.splice(0)
  const made = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  stage.on('POST /made', async () => {
    objects.push({ id: 'n1', name: 'Newsletter' })
    made.resolve()
    await answered.promise
    return { body: { id: 'n1' } }
  })
  const first = syncAnywhere(person, 'C1')
  await made.promise
  const { store } = app.context
  const { get } = store
  store.get = (key) => {
    if (key.startsWith('making:key-ads: search')) answered.resolve()
    return get(key)
  }
  stage.on('POST /changed', () => {
    answered.resolve()
    return { body: {} }
  })
  const ends = await Promise.all([first, syncAnywhere(person, 'C2')])
  expect(ends.map((page) => told(page)?.replace(/:.*/, ''))).toEqual([
    'Newsletter synced.',
    'We cannot tell whether Newsletter is at Key Ads already',
  ])
})

test('what a version before has linked under who approved is known under what the objects belong to', async () => {
  const links = createLinks(createMemoryStore().seenBy())
  const known = { values: { id: '7' }, steps: 1 }
  const dana = { vendor: 'v', account: 'dana', campaign: 'C1' }
  await links.write(dana, known)
  const ours = { ...dana, account: 'act_1', before: 'dana' }
  expect(await links.read(ours)).toMatchObject(known)
  await links.write(ours, { ...known, values: { id: '8' } })
  for (const before of ['dana', 'eve'])
    expect(await links.read({ ...ours, before })).toMatchObject({ values: { id: '8' } })
})

test('of two lost creates, with a new name each time, the one that arrived is found', async () => {
  const { person, stage, objects, rename } = await makers()
  let tries = 0
  stage.on('POST /made', ({ body }) => {
    tries += 1
    if (tries === 2) objects.push({ id: 'second', name: JSON.parse(body).name })
    throw new Error('never arrived, or its answer is lost')
  })
  const page = await syncAnywhere(person, 'C1')
  await rename('C1', 'Second name')
  const again = await person.click(page, 'Check and sync again')
  expect(told(again)).toContain('don’t know')
  await rename('C1', 'Third name')
  expect(told(await person.click(again, 'Check and sync again'))).toContain('Third name synced.')
  expect([tries, objects.length]).toEqual([2, 1])
})
