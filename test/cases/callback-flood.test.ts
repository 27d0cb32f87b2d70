// A flood of callbacks that nobody began.
import { expect, test } from 'vitest'
import { openCallback } from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'

const { begin } = caseScenes()

test('CAL-19: a flood of random callbacks leaves nothing in the store and real people alone', {
  timeout: 240_000,
}, async () => {
  const { person, app, visitor, dump } = await begin()
  const { works } = await openCallback(person)
  const before = (await dump()).length
  const flood = visitor(app.url)
  const wave = () =>
    Promise.all(
      Array.from({ length: 250 }, () =>
        flood.get(`/oauth/fake/callback?code=x&state=${crypto.randomUUID()}`, { cookie: null }),
      ),
    )
  const first = wave()
  await works()
  for (const { status } of await first) expect([400, 429]).toContain(status)
  // FULL=1: 30 000 of them, as many as a second has room for.
  for (let waves = 1; process.env.FULL && waves < 120; waves++)
    for (const { status } of await wave()) expect([400, 429]).toContain(status)
  const left = (await dump()).filter(
    ({ key }) => !/^(tok|conn|log|rate|trip|moved|rotated|accounts|accepted):/.test(key),
  )
  expect(left.length).toBeLessThanOrEqual(before)
})
