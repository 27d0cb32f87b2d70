// A campaign that changes between two presses: nobody is told "synced" for words that were not sent.
import { describe, expect, test, vi } from 'vitest'
import {
  pressSync,
  sync,
  syncButton,
  toCallback,
  told,
  toVendorFrom,
} from '../support/scene/authorization.ts'
import { edit } from '../support/scene/edit.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'
import type { FileChange } from '../support/vendor/fake-vendor-file.ts'
import { LOST, LOST_FOR_GOOD, laterKeys, WITHOUT_KEY } from '../support/vendor/lost.ts'

const NEW = { name: 'New words', description: 'There was none before.' }
const CHANGED = ' It was changed after the page was shown; the version of now was sent.'

const OTHER = 'synced. This page shows another version of it.'

describe.each(ENGINES)('on the %s store', { concurrent: true }, (engine) => {
  const { begin } = scenes(engine)

  /** A person with access for C1, who has synced it once. */
  async function connected(file: FileChange = {}) {
    const scene = await begin({ file })
    await sync(scene.person, 'C1')
    const { vendor } = scene
    return {
      ...scene,
      edit: (change: Record<string, unknown> = NEW) => edit(scene.setup, 'C1', change, [scene.app]),
      /** The names of C1 as the vendor applied them, the first sync left out. */
      names: () => vendor.applied('C1').slice(1).map(nameIn),
      keys: () => laterKeys(vendor),
    }
  }

  test('after a lost answer the old words go under the old key, and then the new ones under a new key', async () => {
    const { person, vendor, names, keys, ...scene } = await connected()
    vendor.script('api', LOST_FOR_GOOD)
    await sync(person, 'C1')
    await scene.edit()
    expect(told(await sync(person, 'C1'))).toBe('New words synced.')
    expect(names()).toEqual(['Spring launch', 'New words'])
    expect(new Set(keys().slice(0, -1)).size).toBe(1)
    expect(keys().at(-1)).not.toBe(keys()[0])
  })

  test('so it is by the button Check and sync again, which is one press however often it is sent', async () => {
    const { person, vendor, names, ...scene } = await connected()
    vendor.script('api', LOST_FOR_GOOD)
    const unknown = await sync(person, 'C1')
    await scene.edit()
    const end = await person.click(unknown, 'Check and sync again')
    expect(told(end)).toBe(`New words synced.${CHANGED}`)
    expect(told(await person.click(unknown, 'Check and sync again'))).toContain('synced.')
    expect(names()).toEqual(['Spring launch', 'New words'])
  })

  test('the list of campaigns names the version it showed, too', async () => {
    const { person, ...scene } = await connected()
    const list = await person.open('/campaigns')
    await scene.edit()
    expect(told(await person.click(list, syncButton('C1')))).toBe(`New words synced.${CHANGED}`)
  })

  test('the preview names the version as a press will read it, whatever the token brings', async () => {
    const change = { vars: { kind: { from: 'token', key: 'token_type' } } }
    const api = { push: { path: '/api/campaigns/${campaign.id}?kind=${vars.kind}' } }
    const { person } = await connected({ ...change, api })
    const preview = await person.open('/campaigns/C1/preview')
    const pressed = await person.press(preview, syncButton('C1'))
    expect(told(await person.follow(pressed))).toBe('Spring launch synced.')
    expect(pressed.ms).toBeLessThan(2_000)
  })

  test('while the old push stays unknown the new words are not sent, and that is said', async () => {
    const { person, vendor, names, ...scene } = await connected()
    vendor.always('api', LOST)
    await sync(person, 'C1')
    await scene.edit()
    const end = await sync(person, 'C1')
    expect(told(end)).toContain('We don’t know whether Fake Ads got New words')
    expect(told(end)).toContain('has changed since, and the new version was not sent.')
    vendor.always('api', {})
    expect(told(await person.click(end, 'Check and sync again'))).toBe('New words synced.')
    expect(names()).toEqual(['Spring launch', 'New words'])
  })

  test('Send as a new push sends the new words only', async () => {
    const { person, vendor, names, ...scene } = await connected()
    vendor.script('api', [{ reset: true }, { reset: true }, { reset: true }])
    await sync(person, 'C1')
    await scene.edit()
    vendor.script('api', LOST_FOR_GOOD)
    const unknown = await sync(person, 'C1')
    expect(told(await person.click(unknown, 'Send as a new push'))).toBe('New words synced.')
    expect(names()).toEqual(['Spring launch', 'New words'])
  })

  test('a press is not told that the name of now was synced when another version was sent for it', async () => {
    const { person, vendor, names, ...scene } = await connected()
    const page = await person.open('/campaigns/C1')
    await scene.edit({ name: 'Second words' })
    const push = vendor.gate('api', 'after')
    const pressed = person.press(page, syncButton('C1'))
    await push.arrived
    await scene.edit({ name: 'Third words' })
    push.release()
    expect(told(await person.follow(await pressed))).toBe(`A version of Third words ${OTHER}`)
    expect(names()).toEqual(['Second words'])
  })

  test('without keys the old push stays unknown, and the person’s word sends the new version', async () => {
    const { person, vendor, names, ...scene } = await connected(WITHOUT_KEY)
    vendor.script('api', [LOST])
    await sync(person, 'C1')
    await scene.edit()
    const end = await sync(person, 'C1')
    expect(told(end)).toContain('the new version was not sent')
    expect(told(await person.click(end, 'Check and sync again'))).toBe('New words synced.')
    expect(names()).toEqual(['Spring launch', 'New words'])
  })

  test('a press after an edit, while the old version is under way, pushes after it', async () => {
    const { person, vendor, names, ...scene } = await connected()
    const page = await person.open('/campaigns/C1')
    const push = vendor.gate('api')
    const first = person.click(page, syncButton('C1'))
    await push.arrived
    await scene.edit()
    const second = sync(person, 'C1')
    await new Promise((resolve) => setTimeout(resolve, 300))
    push.release()
    expect(told(await second)).toBe('New words synced.')
    await first
    expect(names()).toEqual(['Spring launch', 'New words'])
  })

  test('a no to the old version leaves the new one to be pushed', async () => {
    const { person, vendor, names, ...scene } = await connected()
    const page = await person.open('/campaigns/C1')
    const push = vendor.gate('api', 'before', { status: 422 })
    const first = person.press(page, syncButton('C1'))
    await push.arrived
    await scene.edit()
    const second = sync(person, 'C1')
    await new Promise((resolve) => setTimeout(resolve, 300))
    push.release()
    expect(told(await second)).toBe('New words synced.')
    await first
    expect(names()).toEqual(['New words'])
  })

  test('a form shown before an edit sends the version of now, at once, and says so', async () => {
    const { person, names, ...scene } = await connected()
    const page = await person.open('/campaigns/C1')
    await scene.edit()
    const pressed = await person.press(page, syncButton('C1'))
    expect(pressed.ms).toBeLessThan(1_500)
    expect(told(await person.follow(pressed))).toBe(`New words synced.${CHANGED}`)
    expect(names()).toEqual(['New words'])
  })

  test('an edit while the person is at the vendor is sent, and said', async () => {
    const scene = await begin()
    const { person, vendor, app, setup } = scene
    const tab = await toCallback(person, await toVendorFrom(person, await pressSync(person, 'C1')))
    await edit(setup, 'C1', NEW, [app])
    expect(told(await person.follow(tab))).toContain(`New words synced.${CHANGED}`)
    expect(vendor.applied('C1').map(nameIn)).toEqual(['New words'])
  })

  test('a done press sent again after an edit is told as done, and that the page shows another version', async () => {
    const { person, names, ...scene } = await connected()
    const page = await person.open('/campaigns/C1')
    await person.click(page, syncButton('C1'))
    await scene.edit()
    const again = await person.click(page, syncButton('C1'))
    expect(told(again)).toBe(`A version of New words ${OTHER}`)
    expect(names()).toEqual(['Spring launch'])
  })

  test('a refused press that is retried after an edit has another key', async () => {
    const { person, vendor, names, keys, ...scene } = await connected()
    vendor.script('api', [{ status: 403 }])
    const end = await sync(person, 'C1')
    await scene.edit()
    expect(told(await person.click(end, 'Try again'))).toContain('New words synced.')
    expect(names()).toEqual(['New words'])
    expect(new Set(keys()).size).toBe(2)
  })

  test('a press that met a 401, and an edit before the approval, has another key', async () => {
    const { person, vendor, names, keys, ...scene } = await connected()
    vendor.script('api', [{ status: 401 }])
    const tab = await toCallback(person, await toVendorFrom(person, await pressSync(person, 'C1')))
    await scene.edit()
    expect(told(await person.follow(tab))).toContain('New words synced.')
    expect(names()).toEqual(['New words'])
    expect(new Set(keys()).size).toBe(2)
  })

  test('a second tab that waits 12 s is told the truth: still being synced, or not sent yet', async () => {
    const { person, vendor, app, setup } = await begin({
      file: { lifetime: { freshGraceSeconds: 15 } },
    })
    const tab = await toCallback(person, await toVendorFrom(person, await pressSync(person, 'C1')))
    vendor.always('api', { status: 401, delayMs: 2_000 }) // a fresh token is tried again for 15 s
    const first = person.follow(tab)
    await vi.waitFor(() => expect(vendor.at('api').length).toBe(1), {
      timeout: 5_000,
      interval: 10,
    })
    const page = await person.open('/campaigns/C1')
    const same = person.click(page, syncButton('C1'))
    await edit(setup, 'C1', NEW, [app])
    const changed = sync(person, 'C1', { page: '/campaigns' })
    expect(told(await same)).toBe('New words is still being synced.')
    const notYet = await changed
    expect(told(notYet)).toBe(
      'An earlier version of New words is still being synced. This one was not sent yet.',
    )
    vendor.always('api', {})
    expect(told(await first)).toContain(OTHER)
    expect(told(await first)).toContain('A version of')
    expect(told(await person.click(notYet, 'Try again'))).toBe('New words synced.')
    expect(vendor.applied('C1').map(nameIn)).toEqual(['Spring launch', 'New words'])
  })
})

// Only this store is shared by several instances.
describe('two instances on the redis store', () => {
  const { set } = scenes('redis')

  test('an instance whose file is older for a second waits for it, and sends what was shown', async () => {
    const { person, vendor, pageOfFirst } = await two()
    const pressed = await person.press(pageOfFirst, syncButton('C1'))
    expect(told(await person.follow(pressed))).toBe('New words synced.')
    expect(vendor.applied('C1').map(nameIn)).toEqual(['Spring launch', 'New words'])
  })

  test('an instance whose file stays older sends its version after 2.2 s, and says so', async () => {
    const { person, vendor, pageOfFirst, second } = await two()
    second.context.campaigns.close() // it looks at its file no more
    const pressed = await person.press(pageOfFirst, syncButton('C1'))
    expect(pressed.ms).toBeGreaterThan(2_000)
    expect(told(await person.follow(pressed))).toBe(`Spring launch synced.${CHANGED}`)
    expect(vendor.applied('C1').map(nameIn)).toEqual(['Spring launch', 'Spring launch'])
  })

  /** Two instances, of which only the first has read the new words; from now on the second answers. */
  async function two() {
    const scene = await set()
    const balancer = await scene.startBalancer()
    const first = await scene.startApp(balancer.url)
    const second = await scene.startApp(balancer.url)
    const person = scene.visitor(balancer.url)
    balancer.targets.push(first.origin)
    await sync(person, 'C1')
    await edit(scene.setup, 'C1', NEW, [first])
    const pageOfFirst = await person.open('/campaigns/C1')
    balancer.targets.splice(0, 1, second.origin)
    return { ...scene, person, second, pageOfFirst }
  }
})

function nameIn(body: string): unknown {
  return Object(JSON.parse(body)).name
}
