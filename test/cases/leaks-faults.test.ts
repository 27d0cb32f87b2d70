// A fault of ours, forced in every route.
import { afterEach, expect, test, vi } from 'vitest'
import { sync } from '../support/scene/authorization.ts'
import { caseScenes } from '../support/scene/case-scene.ts'

const { begin } = caseScenes()
afterEach(() => vi.unstubAllEnvs())

test.each(['production', 'development', 'test', ''])(
  'LEA-07: a fault of ours shows a reference and nothing of itself, with NODE_ENV "%s"',
  async (environment) => {
    vi.stubEnv('NODE_ENV', environment)
    const { person, app } = await begin({ surprised: true })
    await sync(person, 'C1')
    const broken = () => {
      throw new TypeError(`secret-fault at ${import.meta.dirname}/node_modules/express`)
    }
    const { campaigns, tokens, authorizationRequests, intents, syncLog } = app.context
    vi.spyOn(campaigns, 'all').mockImplementation(broken)
    vi.spyOn(campaigns, 'get').mockImplementation(broken)
    vi.spyOn(authorizationRequests, 'consume').mockImplementation(broken)
    vi.spyOn(tokens, 'get').mockImplementation(broken)
    vi.spyOn(intents, 'get').mockImplementation(broken)
    vi.spyOn(syncLog, 'read').mockImplementation(broken)
    const paths = [
      '/campaigns',
      '/campaigns/C1',
      '/campaigns/C1/sync',
      '/connect/fake/C1',
      '/oauth/fake/callback?code=x&state=y',
    ]
    const answers = [
      ...(await Promise.all(paths.map((path) => person.get(path)))),
      ...(await Promise.all(paths.map((path) => person.get(path, { accept: 'application/json' })))),
      await person.post('/campaigns/C1/sync', {}),
      await person.post('/connections/fake/campaign:C1/test', {}),
    ]
    for (const { status, body, url } of answers) {
      expect([url.pathname, status]).toEqual([url.pathname, 500])
      expect(body).not.toMatch(/secret-fault|TypeError|node_modules|express|\.ts\b|\bat \w+/)
      expect(body).toMatch(/[\w-]{36}/)
    }
    vi.restoreAllMocks()
  },
)
