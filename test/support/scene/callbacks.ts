// Callbacks as an attacker makes them: genuine ones with parts changed, and what they must leave as it was.
import { expect } from 'vitest'
import type { Visit, Visitor } from '../browser/http-visitor.ts'
import { readPage } from '../browser/page.ts'
import type { Entry } from '../redis/store-dump.ts'
import type { FakeVendor } from '../vendor/fake-vendor.ts'
import { toCallback, told, toVendor } from './authorization.ts'
import { keysOf } from './cases.ts'

/** An authorization of C1 that is back from the vendor, its callback not yet delivered. */
export async function openCallback(person: Visitor, campaign = 'C1') {
  const tab = await toCallback(person, await toVendor(person, campaign))
  const changed = (change: Record<string, string | null>) => {
    const url = new URL(tab.next)
    for (const [name, value] of Object.entries(change)) {
      if (value === null) url.searchParams.delete(name)
      else url.searchParams.set(name, value)
    }
    return url.href
  }
  const { code = '', state = '' } = Object.fromEntries(tab.next.searchParams)
  return {
    tab,
    url: tab.next,
    code,
    state,
    /** The callback's address with other parameters; null removes one. */
    changed,
    /** The genuine one goes through and the campaign is synced. */
    async works(name = 'Spring launch') {
      expect(told(await person.follow(tab))).toContain(`${name} synced.`)
    },
  }
}

/** A page that says no and shows a way on inside the app. */
export function expectRefused(visit: Visit, statuses = [400]): void {
  expect(statuses).toContain(visit.status)
  const { actions, heading } = readPage(visit.body)
  expect(heading).not.toBe('')
  const ways = actions.map(({ href, post }) => href ?? post ?? '')
  expect(ways.filter((way) => !/^(\/(?!\/)|#)/.test(way))).toEqual([])
  expect(ways).toContain('/campaigns')
}

/** The vendor's token endpoint and API were not asked so far. */
export function expectUntouched({ at }: FakeVendor, { tokens = 0, pushes = 0 } = {}): void {
  expect([at('token').length, at('api').length]).toEqual([tokens, pushes])
}

/** The keys that hold tokens. */
export function tokensIn(entries: Entry[]): string[] {
  return keysOf(entries, 'tok:').map(({ key }) => key)
}
