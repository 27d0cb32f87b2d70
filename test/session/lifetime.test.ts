// How long a session lives: SESSION_MAX_DAYS after it began, however often it is used.
import { describe, expect, test } from 'vitest'
import { sync, told } from '../support/scene/authorization.ts'
import { keysOf } from '../support/scene/cases.ts'
import { ENGINES, type SceneOptions, scenes } from '../support/scene/scene.ts'

const DAY_MS = 24 * 3600_000

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  /** A person with access, and the means to read and change what is stored of their session. */
  async function connected(options: SceneOptions = {}) {
    const scene = await begin(options)
    const { person, app, dump } = scene
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    const stored = async () => keysOf(await dump(), 'sess:')
    return {
      ...scene,
      stored,
      /** Writes other fields into the stored session; undefined removes one. */
      async change(fields: Record<string, unknown>) {
        const [entry] = await stored()
        const value = JSON.stringify({ ...JSON.parse(entry?.value ?? '{}'), ...fields })
        await app.context.store.set(entry?.key ?? '', value, { expiration: 'KEEPTTL' })
      },
    }
  }

  test('one that began 30 days ago is none: its person starts anew, and nothing is revived', async () => {
    const { person, vendor, stored, change } = await connected()
    const [before] = person.sessionIds().slice(-1)
    await change({ createdAt: Date.now() - 30 * DAY_MS - 1_000 })
    expect((await person.open('/connections')).body).toContain('Not connected')
    expect((await person.open('/campaigns/C1')).status).toBe(200)
    expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
    expect([vendor.at('token').length, vendor.effects('C1')]).toEqual([2, 2])
    const [after] = person.sessionIds().slice(-1)
    expect(after).not.toBe(before)
    expect((await stored()).some(({ key }) => key === `sess:${after}`)).toBe(true)
  })

  test('one that began a little less long ago is used as ever', async () => {
    const { person, vendor, change } = await connected()
    await change({ createdAt: Date.now() - 30 * DAY_MS + 60_000 })
    expect((await person.open('/connections')).body).not.toContain('Not connected')
    await sync(person, 'C1')
    expect(vendor.at('token')).toHaveLength(1)
  })

  test('one of before there was a limit counts from its next request', async () => {
    const { person, stored, change } = await connected()
    await change({ createdAt: undefined })
    const from = Date.now()
    expect((await person.open('/connections')).body).not.toContain('Not connected')
    await expect
      .poll(async () => JSON.parse((await stored())[0]?.value ?? '{}').createdAt)
      .toBeGreaterThanOrEqual(from)
    expect((await person.open('/connections')).body).not.toContain('Not connected')
  })

  test('the setting says how long, and the store forgets it then', async () => {
    const environment = { SESSION_MAX_DAYS: '1' }
    const { person, stored, change } = await connected({ environment })
    expect((await stored())[0]?.leftMs).toBeLessThanOrEqual(DAY_MS)
    await change({ createdAt: Date.now() - DAY_MS - 1_000 })
    expect((await person.open('/connections')).body).toContain('Not connected')
  })
})
