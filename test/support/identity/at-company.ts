// The app where people sign in by their company's sign-in, for the tests of one file; each person has a browser of their own.
import type { Environment } from '../app/setup.ts'
import { startRedisServer } from '../redis/redis-server.ts'
import { type Engine, setScene } from '../scene/scene.ts'
import { type Company, startCompany } from './company.ts'

export type AtCompany = Awaited<ReturnType<typeof startAtCompany>>

/** Close it at the end: that checks what always has to hold. */
export async function startAtCompany(environment: Environment = {}, engine: Engine = 'embedded') {
  const company = await startCompany()
  const redis = engine === 'redis' ? await startRedisServer() : undefined
  const scene = await setScene(
    { environment: { ...company.environment, ...environment } },
    redis?.url,
  )
  const app = await scene.startApp()

  /** A browser whose next sign-in is this person's. */
  function visitorOf(person: Company['state']['person']) {
    company.state.person = person
    return scene.visitor(app.url)
  }

  return {
    company,
    scene,
    app,
    visitorOf,

    async signedIn(person: Company['state']['person']) {
      const visitor = visitorOf(person)
      await visitor.open('/campaigns')
      return visitor
    },

    async close() {
      await scene.check()
      await scene.close()
      await company.close()
      await redis?.stop()
    },
  }
}
