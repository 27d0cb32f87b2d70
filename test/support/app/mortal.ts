// An app that dies at a chosen step, and a person who goes on all the same: the same address again, or the same press.
import { join } from 'node:path'
import type { Visit, Visitor } from '../browser/http-visitor.ts'
import { readPage } from '../browser/page.ts'
import { syncButton, told } from '../scene/authorization.ts'
import type { Scene } from '../scene/scene.ts'
import type { AppProcess } from './app-process.ts'

const preloaded = (name: string) => `--import ${join(import.meta.dirname, 'preload', name)}.ts`

export type Mortal = ReturnType<typeof createMortal>

/** Starts and starts again the app of a scene, always on one port. */
export function createMortal(scene: Scene) {
  let app: AppProcess | undefined
  let deaths = 0
  const start = async () => {
    scene.setup.environment.NODE_OPTIONS = preloaded('die')
    app = await scene.startProcess(app && { port: app.port })
    return app
  }
  return {
    /** Up, or up again after its end; `dieAt` is the write at which it dies by itself once armed. */
    async alive(dieAt = 0) {
      scene.setup.environment.DIE_AT_WRITE = String(dieAt)
      return !app || app.isClosed() ? start() : app
    },
    /** From now on the writes of the embedded store are counted. */
    async arm() {
      app?.child.kill('SIGUSR2')
      await fetch(`${app?.origin}/healthz`)
    },
    async kill() {
      await app?.kill('SIGKILL')
    },
    /** Does a step of a person's; when the app is dead or dies of it, starts it again and does the step again. */
    async insist<T>(step: () => Promise<T>): Promise<T> {
      try {
        return await step()
      } catch (error) {
        if (!app || deaths > 200) throw error
        await app.ended
        deaths += 1
        await start()
        return await step()
      }
    },
    deaths: () => deaths,
  }
}

const ONWARD = /^(Continue|Try again|Check and sync again|Start again|Sync )/
const MOST_PRESSES = 4

/** One sync, begun on the campaign's page and seen through: what it says in the end. Each step is done again after a death. */
export async function persist(person: Visitor, mortal: Mortal, id: string): Promise<string> {
  const page = await mortal.insist(() => person.open(`/campaigns/${id}`))
  let at = await walk(person, mortal, await mortal.insist(() => person.press(page, syncButton(id))))
  for (let presses = 0; presses < MOST_PRESSES; presses++) {
    const said = told(at)
    if (said?.includes(' synced.')) return said
    const { actions, heading } = readPage(at.body)
    const next = actions.find(({ name, href, post }) => ONWARD.test(name) && (href || post))
    if (!next) return `${at.status} ${heading}: ${said}`
    at = await walk(
      person,
      mortal,
      await mortal.insist(() => person.press(at, (one) => one.name === next.name)),
    )
  }
  return `${at.status} ${readPage(at.body).heading}: ${told(at)}`
}

/** Goes where it redirects to, a hop at a time. */
async function walk(person: Visitor, mortal: Mortal, start: Visit): Promise<Visit> {
  let at = start
  for (let hops = 0; at.next && hops < 20; hops++) {
    const from = at
    at = await mortal.insist(() => {
      let gone = 0
      return person.follow(from, () => gone++ > 0)
    })
  }
  return at
}
