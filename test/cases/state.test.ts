// State: CSRF on the callback.
import { describe, expect, test } from 'vitest'
import { createStateAndVerifier } from '../../src/oauth/authorize.ts'
import { sync, toCallback, told, toVendor } from '../support/scene/authorization.ts'
import {
  expectRefused,
  expectUntouched,
  openCallback,
  tokensIn,
} from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'
import { keysOf } from '../support/scene/cases.ts'

const { begin } = caseScenes()

test('STA-01: a callback without state is refused and the trip stays usable', async () => {
  const { person, vendor, dump } = await begin()
  const { changed, works } = await openCallback(person)
  expectRefused(await person.open(changed({ state: null })))
  expectUntouched(vendor)
  expect(tokensIn(await dump())).toEqual([])
  await works()
})

test('STA-05: a callback in a browser without cookies gets no exchange, no token and no session', async () => {
  const { person, vendor, app, visitor, dump } = await begin()
  const { url, works } = await openCallback(person)
  const before = (await dump()).map(({ key }) => key).sort()
  const curl = await visitor(app.url).get(url.href)
  expectRefused(curl)
  expect(curl.headers['set-cookie']).toBeUndefined()
  expectUntouched(vendor)
  expect((await dump()).map(({ key }) => key).sort()).toEqual(before)
  await works()
})

test('STA-08: a code the vendor refused is not sent again by a second copy of the callback', async () => {
  const { person, vendor } = await begin()
  vendor.script('token', [{ status: 400, body: { error: 'invalid_grant' } }])
  const { url } = await openCallback(person)
  expectRefused(await person.open(url.href))
  expectRefused(await person.open(url.href))
  expectUntouched(vendor, { tokens: 1 })
  expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
})

test('STA-10: states are distinct, of 256 bits without a pattern', async () => {
  const { app, visitor } = await begin()
  const asked: string[] = []
  const sessions = process.env.FULL ? 100 : 10 // the authorizations of a minute: 1000 over 100 sessions, or 100
  for (let people = 0; people < sessions; people++) {
    const person = visitor(app.url)
    for (let requests = 0; requests < 10; requests++) {
      const { next } = await person.get('/connect/fake/C1?continue=1')
      asked.push(next?.searchParams.get('state') ?? '')
    }
  }
  const states = [...asked, ...Array.from({ length: 10_000 }, () => createStateAndVerifier().state)]
  expect(states.filter((state) => !/^[\w-]{43}$/.test(state))).toEqual([])
  expect(new Set(states).size).toBe(states.length)
  // The last character carries 4 bits only. 63 degrees of freedom: above 130 once in a million runs.
  const counts = new Map<string, number>()
  for (const letter of states.map((state) => state.slice(0, 42)).join(''))
    counts.set(letter, (counts.get(letter) ?? 0) + 1)
  const mean = (states.length * 42) / 64
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0)
  expect(counts.size).toBe(64)
  expect(chiSquare).toBeLessThan(140)
})

test('STA-12: a state that is almost right is wrong, and the right one still works', async () => {
  const { person, vendor, app } = await begin()
  const { url, state, works } = await openCallback(person)
  const flipped = (state.startsWith('A') ? 'B' : 'A') + state.slice(1)
  const swapped = state.replace(/[a-z]/i, (one) =>
    one < 'a' ? one.toLowerCase() : one.toUpperCase(),
  )
  const wrong = [flipped, swapped, state.slice(0, -1), state + state]
  const encoded = [
    `${state}%20`,
    `${state}%00`,
    `${state}=`,
    `%20${state}`,
    `${state}%0A`,
    `+${state}`,
  ]
  for (const one of [...wrong, ...encoded]) {
    const query = url.search.replace(`state=${state}`, `state=${one}`)
    expectRefused(await person.open(`${app.url}${url.pathname}${query}`))
  }
  expectUntouched(vendor)
  await works()
})

test('STA-16: fifty forged callbacks do not cancel the genuine one', async () => {
  const { person, vendor } = await begin()
  const { changed, works } = await openCallback(person)
  for (let times = 0; times < 50; times++)
    expectRefused(await person.open(changed({ state: createStateAndVerifier().state })))
  expectUntouched(vendor)
  await works()
})

test('STA-19: trips that nobody finishes are capped, limited and small, and the newest still works', async () => {
  const { person, vendor, dump } = await begin({ environment: { RATE_LIMIT: '60' } })
  const doors = []
  for (let times = 0; times < 55; times++)
    doors.push(await person.get('/connect/fake/C1?continue=1'))
  const late = await Promise.all(
    Array.from({ length: 65 }, () => person.get('/connect/fake/C1?continue=1')),
  )
  const limited = late.filter(({ status }) => status === 429)
  expect(limited.length).toBeGreaterThan(0)
  expect(limited[0]?.headers['retry-after']).toMatch(/^\d+$/)
  const entries = await dump()
  expect(keysOf(entries, 'auth:').length).toBeLessThanOrEqual(10)
  for (const { key, value } of entries)
    if (key.startsWith('sess:')) expect(value.length).toBeLessThan(16_384)
  const newest = late.findLast(({ next }) => next !== undefined) ?? doors.at(-1)
  const end = newest && (await person.follow(newest))
  expect(end?.status).toBe(200)
  expect(vendor.at('token').length).toBeLessThanOrEqual(1)
})

describe('two instances', () => {
  const { beginTwo } = caseScenes('redis')

  test('STA-18, COD-01: a callback counts once: again on the other instance, in history, in a second browser', async () => {
    const { person, vendor, balancer, apps, visitor, dump } = await beginTwo()
    const tab = await toCallback(person, await toVendor(person, 'C1'))
    expect(told(await person.follow(tab))).toContain('Spring launch synced.')
    expect(new Set(balancer.served.map(({ target }) => target)).size).toBe(2)
    const before = tokensIn(await dump())
    for (let times = 0; times < 2; times++) {
      expect((await person.open(tab.next.href)).url.pathname).toBe('/campaigns/C1')
      const stranger = visitor(balancer.url)
      expectRefused(await stranger.open(tab.next.href))
    }
    for (const { origin } of apps) {
      const headers = { cookie: `campaign-sync=${person.jar.value('campaign-sync')}` }
      const there = new URL(tab.next.pathname + tab.next.search, origin)
      const replay = await fetch(there, { headers, redirect: 'manual' })
      expect([302, 303, 400]).toContain(replay.status)
    }
    expect([vendor.at('token').length, vendor.effects('C1')]).toEqual([1, 1])
    expect(tokensIn(await dump())).toEqual(before)
  })
})
