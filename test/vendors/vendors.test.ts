// Every vendor that is shipped, through a whole authorization, with the answers it documents (BEHAVIOURS 15, 23).
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { syncAnywhere, told } from '../support/scene/authorization.ts'
import { onStage, playWith, startStage } from '../support/vendor/stage.ts'
import { DOCUMENTED, type Documented } from '../support/vendor/vendor-answers.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'src', 'vendors', 'files')
const SHIPPED = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json') && name !== 'demo.json')
  .map((name) => name.replace('.json', ''))

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

test('every shipped vendor has its documented answers here', () => {
  expect(Object.keys(DOCUMENTED).sort()).toEqual(SHIPPED.sort())
})

describe.each(Object.entries(DOCUMENTED))('%s', (id, documented) => {
  test('approves, syncs, and says who it is connected as', async () => {
    const { stage, person } = await begin(id, documented)
    const page = await syncAnywhere(person, 'C1')
    expect(told(page)).toBe(
      documented.account
        ? `Connected as ${documented.account.name}. Spring launch synced.`
        : 'Spring launch synced.',
    )
    if (documented.token) {
      const [request] = stage.asked(documented.token.at)
      expect(members(request?.body, documented.token.json)).toMatchObject(documented.token.holds)
      expect(request?.headers.authorization?.startsWith('Basic ')).toBe(documented.token.basic)
    }
    const [push] = stage.asked(documented.push.at)
    const token = documented.used ?? (documented.token ? 'at-1' : 'good-key')
    expect(push?.headers[documented.push.header ?? 'authorization']).toBe(
      documented.push.header ? token : `Bearer ${token}`,
    )
    expect(push?.body).toContain(documented.push.holds)
    if (documented.step?.header)
      expect(stage.asked(documented.step.at)[0]?.headers.authorization).toBe(documented.step.header)
  })

  test('an expired token is renewed and the push is finished', async () => {
    const { stage, person } = await begin(id, documented)
    await syncAnywhere(person, 'C1')
    let refused = 0
    const second = documented.update ?? { at: documented.push.at, ok: documented.ok }
    stage.on(second.at, () => (refused++ === 0 ? documented.expired : second.ok))
    const page = await syncAnywhere(person, 'C1')
    expect(told(page)).toContain('Spring launch synced.')
    const { token, push, update } = documented
    if (token) {
      const tokens = stage.asked(token.at)
      expect(tokens).toHaveLength(2)
      expect(members(tokens[1]?.body, token.json).grant_type === 'refresh_token').toBe(
        documented.refreshes ?? false,
      )
    }
    const changes = update ? stage.asked(second.at) : []
    const made = stage
      .asked(push.at)
      .filter((one) => !changes.includes(one) && `${one.method} ${one.url.pathname}` === push.at)
    expect(made).toHaveLength(update ? 1 : 3)
    expect(stage.asked(second.at)).toHaveLength(update ? (update.times ?? 2) : 3)
  })

  const { forbidden } = documented
  if (forbidden)
    test('a missing permission is said, and nobody is sent to approve', async () => {
      const { stage, person } = await begin(id, documented)
      stage.on(documented.push.at, forbidden)
      const page = await syncAnywhere(person, 'C1')
      expect(told(page)).toContain('says this access may not change Spring launch')
      expect(stage.asked(documented.push.at)).toHaveLength(1)
      if (documented.token) expect(stage.asked(documented.token.at)).toHaveLength(1)
    })

  test('a rate limit is said, and the vendor is left alone', async () => {
    const { stage, person } = await begin(id, documented)
    stage.on(documented.push.at, documented.limited)
    const page = await syncAnywhere(person, 'C1')
    expect(told(page)).toContain('asked us to slow down')
    expect(stage.asked(documented.push.at)).toHaveLength(1)
  })
})

async function begin(id: string, documented: Documented) {
  const stage = await startStage()
  open.push(stage)
  const here = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value).replaceAll('$STAGE', stage.url))
  if (documented.back) {
    delete stage.back.code
    Object.assign(stage.back, documented.back)
  }
  if (documented.token) stage.on(documented.token.at, { body: here(documented.token.says) })
  if (documented.step) stage.on(documented.step.at, { body: here(documented.step.says) })
  if (documented.account) stage.on(documented.account.at, { body: documented.account.says })
  stage.on(documented.push.at, documented.ok)
  if (documented.find) stage.on(documented.find.at, { body: documented.find.says })
  if (documented.update) stage.on(documented.update.at, documented.update.ok)
  if (documented.further) stage.on(documented.further.at, documented.further.ok)
  const file = onStage(join(FOLDER, `${id}.json`), stage)
  const here_ = JSON.stringify(file).replace(/"https:\/\/\[a-z0-9-\].{0,80}?\.com"/, () =>
    JSON.stringify('http://127\\.0\\.0\\.1:[0-9]+/[a-z.]+'),
  )
  const scene = await playWith([JSON.parse(here_)], documented.environment, documented.campaign)
  open.push(scene)
  return { stage, ...scene }
}

function members(body: string | undefined, json: boolean | undefined): Record<string, unknown> {
  return json ? JSON.parse(body ?? '') : Object.fromEntries(new URLSearchParams(body))
}
