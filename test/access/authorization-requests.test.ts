// Authorization requests: which of many a person may finish, whatever the clock says, and what is still known of the others.
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { AuthorizationRequests } from '../../src/access/authorization-requests.ts'
import { createStateAndVerifier } from '../../src/oauth/authorize.ts'
import { readPage } from '../support/browser/page.ts'
import { onward, sync, told } from '../support/scene/authorization.ts'
import { openCallback } from '../support/scene/callbacks.ts'
import { keysOf } from '../support/scene/cases.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'

const MINUTE_MS = 60_000

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)
  afterEach(() => void vi.useRealTimers())

  async function requests() {
    const { app, dump } = await begin()
    return { ...requestsOf(app.context.authorizationRequests, 'somebody'), dump }
  }

  test('after the clock was set back half an hour the newest is there, and so are those before it', async () => {
    const { create, consume } = await requests()
    for (let times = 0; times < 11; times++) await create()
    setClock(-30)
    const newest = [await create(), await create(), await create()]
    expect(await consume(newest)).toEqual([true, true, true])
  })

  test('the newest is there beside ten of an instance whose clock is ahead', async () => {
    const { create, consume } = await requests()
    setClock(5)
    for (let times = 0; times < 10; times++) await create()
    setClock(0)
    const newest = await create()
    expect(await consume([newest])).toEqual([true])
  })

  test('an open one outlives any number of others that were begun and finished meanwhile', async () => {
    const { create, consume } = await requests()
    const open = await create()
    for (let times = 0; times < 25; times++) await consume([await create()])
    expect(await consume([open])).toEqual([true])
  })

  test('ten may be open, and the oldest go first', async () => {
    const { create, consume, dump } = await requests()
    const all: string[] = []
    for (let times = 0; times < 35; times++) {
      setClock(times / 10)
      all.push(await create())
    }
    const entries = await dump()
    expect(keysOf(entries, 'auth:')).toHaveLength(10)
    const known = entries.find(({ key }) => key.startsWith('trips:'))?.value ?? '{}'
    expect(Object.keys(JSON.parse(known))).toHaveLength(30)
    expect(await consume(all.slice(-11))).toEqual([false, ...Array(10).fill(true)])
  })

  test('a choice is said to be kept only where it is', async () => {
    const { person, app, dump } = await begin()
    const first = await openCallback(person, 'C1')
    const owner = /\{(.+)\}/.exec(
      (await dump()).find(({ key }) => key.startsWith('trips:'))?.key ?? '',
    )
    const { create } = requestsOf(app.context.authorizationRequests, owner?.[1] ?? '')
    for (let times = 0; times < 12; times++) await create()
    const dropped = await person.get(first.url.href)
    expect(readPage(dropped.body).text).toContain('Your choice is kept.')
    const explained = await person.click(dropped, 'Continue')
    expect(told(await onward(person, explained))).toContain('Spring launch synced.')

    const second = await openCallback(person, 'C2')
    for (let times = 0; times < 32; times++) await create()
    for (const href of [second.url.href, second.changed({ state: 'x'.repeat(43) })]) {
      const forgotten = await person.get(href)
      const { text, heading, actions } = readPage(forgotten.body)
      expect([forgotten.status, heading]).toEqual([
        400,
        'That approval was already used or took too long',
      ])
      expect(text).not.toContain('kept')
      expect(actions.map(({ name }) => name)).not.toContain('Continue')
    }
    expect(told(await sync(person, 'C2'))).toContain('Webinar EMEA synced.')
  })

  test('where nothing was pressed, nothing is said to be kept', async () => {
    const { person, vendor } = await begin()
    vendor.script('token', [{ status: 400, body: { error: 'invalid_grant' } }])
    const renewed = await person.open('/connect/fake/C1?continue=1')
    expect(renewed.status).toBe(400)
    expect(readPage(renewed.body).text).not.toContain('kept')
  })
})

function setClock(minutes: number): void {
  vi.useRealTimers()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * MINUTE_MS })
}

/** Of one owner at one vendor, named by their states. */
function requestsOf(requests: AuthorizationRequests, owner: string) {
  return {
    async create(): Promise<string> {
      const { state, codeVerifier } = createStateAndVerifier()
      const request = { codeVerifier, subject: 'campaign:C1', referrer: '/campaigns' }
      await requests.create({ owner, vendor: 'fake', state }, request)
      return state
    },
    /** Which of them could be finished. */
    async consume(states: string[]): Promise<boolean[]> {
      const found: boolean[] = []
      for (const state of states) {
        const requestId = { owner, vendor: 'fake', state }
        found.push((await requests.consume(requestId, '')) !== undefined)
        await requests.exchangeEnded(requestId)
      }
      return found
    },
  }
}
