// The scene of a case: beside the scene's own checks, every app still lives, answered in time, and nothing went unseen.
import { afterEach, beforeEach, expect } from 'vitest'
import type { TestApp } from './app.ts'
import type { AppProcess } from './app-process.ts'
import { type Engine, type SceneOptions, scenes } from './scene.ts'

/** ms; a callback may wait for the vendor's token endpoint (10 s) and its account (3 s). */
const ANSWERED_WITHIN_MS = 14_000

/** To be called in a `describe`, as `scenes` is. */
export function caseScenes(engine: Engine = 'embedded') {
  const { set: setScene } = scenes(engine)
  const apps: (TestApp | AppProcess)[] = []
  const unseen: unknown[] = []
  const notice = (error: unknown) => void unseen.push(error)

  beforeEach(() => void process.on('unhandledRejection', notice))
  // Of hooks the last one runs first: the apps still run.
  afterEach(async () => {
    process.off('unhandledRejection', notice)
    expect(unseen.splice(0)).toEqual([])
    for (const app of apps.splice(0)) {
      if ('child' in app && app.child.exitCode !== null) continue // a case may end it
      expect(await (await fetch(`${app.origin}/healthz`)).text()).toBe('ok')
      expect(slowest('logs' in app ? app.logs() : app.stdout())).toBeLessThan(ANSWERED_WITHIN_MS)
    }
  })

  async function set(options: SceneOptions = {}) {
    const scene = await setScene(options)
    const watched = <App extends TestApp | AppProcess>(app: App): App => {
      apps.push(app)
      return app
    }
    return {
      ...scene,
      startApp: async (publicUrl?: string) => watched(await scene.startApp(publicUrl)),
      startProcess: async (where?: { port?: number; publicUrl?: string }) =>
        watched(await scene.startProcess(where)),
    }
  }

  return {
    set,
    /** One app in this process, and one person who opens it. */
    async begin(options: SceneOptions = {}) {
      const scene = await set(options)
      const app = await scene.startApp()
      return { ...scene, app, person: scene.browser(app.url) }
    },
    /** Two instances behind a load balancer that sends each request to the next one; needs the Redis engine. */
    async beginTwo(options: SceneOptions = {}) {
      const scene = await set(options)
      const balancer = await scene.startBalancer()
      const apps = [await scene.startApp(balancer.url), await scene.startApp(balancer.url)] as const
      balancer.targets.push(...apps.map(({ origin }) => origin))
      return { ...scene, balancer, apps, url: balancer.url, person: scene.browser(balancer.url) }
    },
  }
}

/** ms of the slowest answer in a log. */
function slowest(log: string): number {
  return Math.max(0, ...[...log.matchAll(/"ms":(\d+)/g)].map(([, ms]) => Number(ms)))
}
