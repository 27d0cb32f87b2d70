// The scene of a case: the scene with its own checks, and beside them that no rejection went unseen.
import { afterEach, beforeEach, expect } from 'vitest'
import { type Engine, type SceneOptions, scenes } from './scene.ts'

/** To be called in a `describe`, as `scenes` is. */
export function caseScenes(engine: Engine = 'embedded') {
  const { set, begin } = scenes(engine)
  const unseen: unknown[] = []
  const notice = (error: unknown) => void unseen.push(error)

  beforeEach(() => void process.on('unhandledRejection', notice))
  afterEach(() => {
    process.off('unhandledRejection', notice)
    expect(unseen.splice(0)).toEqual([])
  })

  return {
    set,
    begin,
    /** Two instances behind a load balancer that sends each request to the next one; needs the Redis engine. */
    async beginTwo(options: SceneOptions = {}) {
      const scene = await set(options)
      const balancer = await scene.startBalancer()
      const apps = [await scene.startApp(balancer.url), await scene.startApp(balancer.url)] as const
      balancer.targets.push(...apps.map(({ origin }) => origin))
      return { ...scene, balancer, apps, url: balancer.url, person: scene.visitor(balancer.url) }
    },
  }
}
