// A vendor file names other hosts while people have access: what the host before has granted is not sent to these.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startApp } from '../support/app/app.ts'
import { prepare } from '../support/app/setup.ts'
import { createVisitor } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import {
  onward,
  pressSync,
  sync,
  toCallback,
  told,
  toVendor,
} from '../support/scene/authorization.ts'
import { startStage } from '../support/vendor/stage.ts'

/** An app, a person, and `move`, after which the vendor is at another host; `leaked` is what that one has heard of before. */
async function atHost({ account = false } = {}) {
  const [before, now] = [await hostNamed('before'), await hostNamed('now')]
  const setup = prepare({ vendors: [] })
  const name = join(setup.folder, 'vendor.json')
  const write = (url: string) => writeFileSync(name, JSON.stringify(fileAt(url, account)))
  write(before.url)
  Object.assign(setup.environment, {
    VENDORS: name,
    OURS_CLIENT_ID: 'the client',
    OURS_CLIENT_SECRET: 'a secret',
  })
  const app = await startApp(setup)
  const person = createVisitor(app.url)
  onTestFinished(async () => {
    await person.close()
    await app.close()
    setup.remove()
  })
  const move = async () => {
    write(now.url)
    await app.context.vendorSource?.refresh()
  }
  const leaked = () =>
    now.heard
      .map(({ url, body, headers }) => `${url.pathname} ${body} ${headers.authorization ?? ''}`)
      .filter((text) => /-before-/.test(text))
  return { person, move, leaked, now }
}

async function hostNamed(name: string) {
  const stage = await startStage()
  onTestFinished(() => stage.close())
  const made = () => stage.asked('POST /token').length
  stage.on('POST /token', () => ({
    body: {
      ...{ access_token: `at-${name}-${made()}`, refresh_token: `rt-${name}-${made()}` },
      ...{ token_type: 'bearer', expires_in: 900 },
    },
  }))
  stage.on('POST /revoke', { status: 200 })
  stage.on('PUT /api', { body: { id: '1' } })
  stage.on('GET /me', ({ headers }) => ({ body: { id: headers.authorization?.at(-1), name: 'x' } }))
  return stage
}

function fileAt(url: string, account: boolean) {
  const push = { method: 'PUT', path: '/api/${campaign.id}', idempotencyHeader: 'Idempotency-Key' }
  return {
    ...{ id: 'ours', name: 'Our Ads', lifetime: { refresh: 'use' } },
    authorize: { url: `${url}/authorize` },
    token: { url: `${url}/token` },
    revoke: { url: `${url}/revoke` },
    api: {
      ...{ baseUrl: url, push },
      ...(account && { account: { path: '/me', id: 'id', name: 'name' } }),
    },
  }
}

test('a refresh token is not used there; the person is asked, and their sync goes on', async () => {
  const { person, move, leaked, now } = await atHost()
  await sync(person, 'C1')
  await move()
  expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
  expect([leaked(), now.asked('PUT /api').length]).toEqual([[], 1])
})

test('nor is anything revoked there', async () => {
  const { person, move, leaked } = await atHost()
  await sync(person, 'C1')
  await move()
  await person.post('/connections/ours/campaign:C1/disconnect', {})
  expect(leaked()).toEqual([])
})

test('nor is a code exchanged there; the click can be gone on with', async () => {
  const { person, move, now } = await atHost()
  const back = await toCallback(person, await toVendor(person, 'C1'))
  await move()
  const late = await person.get(back.next.href)
  expect([late.status, now.asked('POST /token').length]).toEqual([400, 0])
  const { actions } = readPage(late.body)
  expect(actions.map(({ name }) => name)).toContain('Continue')
  const end = await onward(person, await person.click(late, 'Continue'))
  expect(told(end)).toContain('Spring launch synced.')
})

test('nor is access used there that waits for the choice of an account', async () => {
  const { person, move, leaked } = await atHost({ account: true })
  await pressSync(person, 'C1')
  await sync(person, 'C1')
  const asked = await sync(person, 'C2')
  const { text, actions } = readPage(asked.body)
  expect(text).toContain('You approved as')
  await move()
  const use = actions.find(({ name }) => name.startsWith('Use '))?.name ?? ''
  expect((await person.click(asked, use)).status).toBe(400)
  expect(leaked()).toEqual([])
})
