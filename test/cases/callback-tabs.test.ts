// Callbacks of several tabs at once, on two instances.
import { describe, expect, test } from 'vitest'
import { sync, toCallback, told, toVendor } from '../support/scene/authorization.ts'
import { openCallback, tokensIn } from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'

describe('two instances', () => {
  const { beginTwo } = caseScenes('redis')

  /** The list and the campaign's own page, both at the vendor for the same campaign. */
  async function sameCampaignTwice() {
    const scene = await beginTwo()
    const { person } = scene
    await sync(person, 'C2')
    const pages = ['/campaigns?page=2', '/campaigns/C1']
    const tabs = []
    for (const page of pages)
      tabs.push(await toCallback(person, await toVendor(person, 'C1', { page })))
    return { ...scene, tabs, pages }
  }

  test.each([
    ['first to last', [0, 1]],
    ['last to first', [1, 0]],
  ])('CAL-09: two tabs of one campaign finish %s, each on its own page', async (_, order) => {
    const { person, vendor, tabs, pages } = await sameCampaignTwice()
    for (const at of order) {
      const tab = tabs[at]
      const end = tab && (await person.follow(tab))
      expect(end && end.url.pathname + end.url.search).toBe(pages[at])
      expect(end?.status).toBe(200)
    }
    expect([1, 2]).toContain(vendor.effects('C1')) // one for each click, or one for both
  })

  test('CAL-09: and so they do in the same moment on different instances', async () => {
    const { person, vendor, tabs, pages, dump } = await sameCampaignTwice()
    const exchanges = [vendor.gate('token'), vendor.gate('token')]
    const ends = tabs.map((tab) => person.follow(tab))
    await Promise.all(exchanges.map(({ arrived }) => arrived))
    for (const { release } of exchanges) release()
    const landed = (await Promise.all(ends)).map(({ url, status }) => [
      url.pathname + url.search,
      status,
    ])
    expect(landed).toEqual(pages.map((page) => [page, 200]))
    expect([1, 2]).toContain(vendor.effects('C1'))
    expect(tokensIn(await dump()).length).toBe(2)
  })

  test('CAL-10: callbacks of two campaigns in the same moment leave a token for each', async () => {
    const { person, vendor, dump } = await beginTwo()
    const tabs = [await openCallback(person, 'C1'), await openCallback(person, 'C2')]
    const exchanges = [vendor.gate('token'), vendor.gate('token')]
    const ends = tabs.toReversed().map(({ tab }) => person.follow(tab))
    await Promise.all(exchanges.map(({ arrived }) => arrived))
    for (const { release } of exchanges) release()
    for (const end of await Promise.all(ends)) expect(told(end)).toContain('synced.')
    const subjects = tokensIn(await dump()).map((key) => key.split(':').at(-1))
    expect(subjects.sort()).toEqual(['C1', 'C2'])
    const pushed = vendor
      .at('api')
      .map(({ url, headers }) => [url.pathname.slice(-2), headers.authorization])
    const [first, second] = vendor.values().tokens
    const codes = vendor.at('token').map(({ body }) => new URLSearchParams(body).get('code'))
    const tokenOf = new Map([codes[0], codes[1]].map((code, at) => [code, [first, second][at]]))
    for (const { code, url } of tabs)
      expect(pushed).toContainEqual([
        url === tabs[0]?.url ? 'C1' : 'C2',
        `Bearer ${tokenOf.get(code)}`,
      ])
  })
})
