// A vendor without OAuth (BEHAVIOURS 33): its API key is asked for once, kept sealed, used, and asked for again when refused.
import { afterEach, expect, test } from 'vitest'
import type { Browser } from './support/browser.ts'
import { syncButton, told } from './support/dance.ts'
import { readPage } from './support/page.ts'
import { playWith, startStage } from './support/stage.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

test('asks once, finishes the click, and needs no key for the next campaign', async () => {
  const { stage, person, app, give } = await begin()
  const asked = await sync(person, 'C1')
  expect(readPage(asked.body).heading).toBe('Connect to Key Ads')
  expect(told(await give(asked, 'good-key'))).toContain('Spring launch synced.')
  expect(told(await sync(person, 'C2'))).toContain('Webinar EMEA synced.')
  expect(stage.asked('PUT /api').map(({ headers }) => headers['x-api-key'])).toEqual(['good-key', 'good-key'])
  expect(app.logs()).not.toContain('good-key')
  expect(person.visits.map(({ body }) => body).join()).not.toContain('good-key')
})

test('a key that the vendor refuses is asked for again, as often as it takes, and nothing is lost', async () => {
  const { stage, person, give } = await begin()
  const again = await give(await sync(person, 'C1'), 'bad-key')
  expect(readPage(again.body).text).toContain('Key Ads did not accept the key')
  expect(told(await give(again, 'good-key'))).toContain('Spring launch synced.')
  stage.refuse('good-key')
  const asked = await sync(person, 'C1')
  expect(readPage(asked.body).heading).toBe('Connect to Key Ads')
  expect(told(await give(asked, 'new-key'))).toContain('Spring launch synced.')
})

test('what cannot be a key is refused before anything is sent', async () => {
  const { stage, person, give } = await begin()
  const page = await give(await sync(person, 'C1'), 'two\r\nlines')
  expect(page.status).toBe(422)
  expect(stage.heard).toHaveLength(0)
})

/** Presses Sync on the campaign's page. */
async function sync(person: Browser, id: string) {
  return person.click(await person.open(`/campaigns/${id}`), syncButton(id))
}

async function begin() {
  const stage = await startStage()
  open.push(stage)
  const bad = new Set(['bad-key'])
  stage.on('PUT /api', ({ headers }) =>
    bad.has(String(headers['x-api-key'])) ? { status: 401, body: { error: 'no' } } : { body: { id: '1' } },
  )
  const file = {
    id: 'key-ads',
    name: 'Key Ads',
    client: { auth: 'key' },
    api: {
      baseUrl: stage.url,
      auth: { in: 'header', name: 'X-Api-Key', value: '${token}' },
      push: { method: 'PUT', path: '/api/${campaign.id}', idempotencyHeader: 'Idempotency-Key' },
    },
  }
  const scene = await playWith([file])
  open.push(scene)
  const { person } = scene
  const give = async (page: { body: string }, key: string) => {
    const form = readPage(page.body).actions.find(({ post }) => post?.endsWith('/key'))
    return person.follow(await person.post(form?.post ?? '', { ...form?.fields, key }))
  }
  return { ...scene, give, stage: { ...stage, refuse: (key: string) => void bad.add(key) } }
}
