// A case: one attack on the running app in a scene of its own, with the standing checks after it. Cases run side by side.
import { expect } from 'vitest'
import type { Visit, Visitor } from '../browser/http-visitor.ts'
import { readPage } from '../browser/page.ts'
import type { Entry } from '../redis/store-dump.ts'
import { onward, sync, told } from './authorization.ts'
import { type Scene, type SceneOptions, setScene } from './scene.ts'

/** The scene with the usual: one app in this process, and one person who opens it. */
export type Play = Scene & { app: Awaited<ReturnType<Scene['startApp']>>; person: Visitor }

/** A test in a scene: set, played, checked, and taken down whatever happens. Starts no app. */
export function inScene(
  options: SceneOptions,
  play: (scene: Scene) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const scene = await setScene(options, options.redisUrl)
    try {
      await play(scene)
      await scene.check()
    } finally {
      await scene.close()
    }
  }
}

/** The same with one app in this process and one person. */
export function withApp(
  options: SceneOptions,
  play: (stage: Play) => Promise<void>,
): () => Promise<void> {
  return inScene(options, async (scene) => {
    const app = await scene.startApp()
    await play({ ...scene, app, person: scene.visitor(app.url) })
  })
}

export const keysOf = (entries: Entry[], start: string) =>
  entries.filter(({ key }) => key.startsWith(start))

/** A trouble page with a way out: status and heading, no stack, and something to press. */
export function expectProblem(page: Visit, status: number | number[]): void {
  expect([status].flat(), readPage(page.body).heading).toContain(page.status)
  expect(page.body).not.toMatch(/\bat .*\.ts:\d+|node_modules/)
  expect(readPage(page.body).actions.length).toBeGreaterThan(0)
}

/** Presses Try again (or what `label` says) and sees the campaign through to its end: applied once. */
export async function expectSecondTry({ person, vendor }: Play, page: Visit, label = 'Try again') {
  const end = await onward(person, await person.click(page, label))
  expect(told(end)).toContain('Spring launch synced.')
  expect(vendor.effects('C1')).toBe(1)
}

/** A whole sync works: what every case that says "still alive" means. */
export async function expectSync(person: Visitor, id: string, name: string): Promise<void> {
  expect(told(await sync(person, id))).toContain(`${name} synced.`)
}
