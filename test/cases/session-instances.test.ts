// The session on two instances, and over a change of secrets.
import { expect, test } from 'vitest'
import { readPage } from '../support/browser/page.ts'
import { onward, pressSync, sync, told } from '../support/scene/authorization.ts'
import { openCallback, tokensIn } from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'
import { keysOf } from '../support/scene/cases.ts'

const { begin, beginTwo, set } = caseScenes('redis')

test('SES-12: two first callbacks in the same moment leave one live session with both tokens', async () => {
  const { person, vendor, dump } = await beginTwo()
  const tabs = [await openCallback(person, 'C1'), await openCallback(person, 'C2')]
  const exchanges = [vendor.gate('token'), vendor.gate('token')]
  const ends = tabs.map(({ tab }) => person.follow(tab))
  await Promise.all(exchanges.map(({ arrived }) => arrived))
  for (const { release } of exchanges) release()
  for (const end of await Promise.all(ends)) expect(told(end)).toContain('synced.')
  const entries = await dump()
  expect(keysOf(entries, 'sess:')).toHaveLength(1)
  expect(tokensIn(entries)).toHaveLength(2)
  for (const id of ['C1', 'C2']) expect((await sync(person, id)).body).toContain('synced.')
  expect(vendor.at('token')).toHaveLength(2)
})

test('SES-13: a session outlives a new secret beside the old one, and ends quietly with the old one', async () => {
  const scene = await begin()
  const { person, app, setup, vendor } = scene
  await sync(person, 'C1')
  const old = setup.environment.SESSION_SECRET ?? ''
  const fresh = 'a-fresh-secret-0123456789-0123456789'
  const again = async (secrets: string) => {
    setup.environment.SESSION_SECRET = secrets
    const next = await scene.startApp(app.url)
    const headers = {
      cookie: `campaign-sync=${person.jar.value('campaign-sync')}`,
      accept: 'text/html',
    }
    return fetch(`${next.origin}/campaigns/C1`, { headers })
  }
  expect(await (await again(`${fresh},${old}`)).text()).toContain('connected')
  const later = await again(fresh)
  expect(later.status).toBe(200)
  expect(readPage(await later.text()).heading).toBe('Spring launch')
  expect(vendor.at('token')).toHaveLength(1)
})

test.each(['SESSION_SECRET', 'ENCRYPTION_KEYS'])(
  'LOO-05: two instances with another %s each end on a page, never in a loop',
  async (name) => {
    const scene = await set()
    const balancer = await scene.startBalancer()
    const apps = [await scene.startApp(balancer.url)]
    scene.setup.environment[name] = Buffer.from(
      Array.from({ length: 32 }, (_, at) => at * 7 + 1),
    ).toString('base64')
    apps.push(await scene.startApp(balancer.url))
    balancer.targets.push(...apps.map(({ origin }) => origin))
    const person = scene.visitor(balancer.url)
    const end = await onward(person, await person.follow(await pressSync(person, 'C1')))
    expect([200, 400]).toContain(end.status)
    expect(scene.vendor.at('authorize').length).toBeLessThanOrEqual(2)
    expect(scene.vendor.effects('C1')).toBeLessThanOrEqual(1)
  },
)
