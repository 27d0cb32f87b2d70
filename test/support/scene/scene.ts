// A scene: vendors, apps and browsers of one test, in a namespace of its own, checked and taken down after it.
import { AsyncLocalStorage } from 'node:async_hooks'
import { afterAll, aroundEach, beforeAll, expect } from 'vitest'
import { startApp, type TestApp } from '../app/app.ts'
import { type AppProcess, startProcess } from '../app/app-process.ts'
import { startBalancer } from '../app/balancer.ts'
import { prepare, type SetupOptions } from '../app/setup.ts'
import { createVisitor, type Visitor } from '../browser/http-visitor.ts'
import { type RedisServer, startRedisServer } from '../redis/redis-server.ts'
import { dumpStore } from '../redis/store-dump.ts'
import { startFakeVendor, type VendorSettings } from '../vendor/fake-vendor.ts'
import {
  apiTokensOf,
  handoversOf,
  leaks,
  type Secrets,
  secretsOf,
  secretsOfSettings,
  textsOfStore,
  textsOfVendor,
  textsOfVisitor,
} from './canary.ts'
import { expectAsDocumented } from './contract.ts'
import { expectAlive, expectInTime } from './standing.ts'

export const ENGINES = ['embedded', 'redis'] as const
export type Engine = (typeof ENGINES)[number]

const DATABASES = 200
/** A push has 10 s, who joins one 12 s; the machine may be busy. */
const ANSWERED_WITHIN_MS = 18_000

export interface SceneOptions extends Pick<SetupOptions, 'file' | 'environment'> {
  /** One vendor by default; each with the settings it is to have. */
  vendors?: Partial<VendorSettings>[]
  /** A Redis of the test's own, as the store is read; where the app looks for it can be told in the environment. */
  redisUrl?: string
  /** ms within which every page of the app is answered. */
  answeredWithin?: number
  /** The test itself throws in the app where nobody catches. */
  surprised?: boolean
}

export type Scene = Awaited<ReturnType<typeof setScene>>

/**
 * To be called in a `describe`: gives `begin` for its tests, and after each test checks what always has to hold.
 * The tests may run side by side: each has scenes of its own.
 */
export function scenes(engine: Engine) {
  const open = new AsyncLocalStorage<Scene[]>()
  let redis: RedisServer | undefined
  let database = 0

  beforeAll(async () => {
    if (engine === 'redis')
      redis = await startRedisServer({ args: ['--databases', String(DATABASES)] })
  })
  aroundEach(async (runTest) => {
    const mine: Scene[] = []
    try {
      await open.run(mine, runTest)
      for (const scene of mine) await scene.check()
    } finally {
      for (const scene of mine) await scene.close()
    }
  })
  afterAll(() => redis?.stop())

  /** Vendors and a setup; what is started from it is checked and stopped after the test. */
  async function set(options: SceneOptions = {}): Promise<Scene> {
    const scene = await setScene(options, redis && `${redis.url}/${database++}`)
    open.getStore()?.push(scene)
    return scene
  }

  return {
    set,
    /** The usual case: one app in this process, and one person who opens it. */
    async begin(options: SceneOptions = {}) {
      const scene = await set(options)
      const app = await scene.startApp()
      return { ...scene, app, person: scene.visitor(app.url) }
    },
  }
}

/** One scene; who sets it checks and closes it. */
export async function setScene(
  {
    vendors: wanted = [{}],
    answeredWithin = ANSWERED_WITHIN_MS,
    surprised = false,
    ...options
  }: SceneOptions,
  redisUrl?: string,
) {
  const vendors = await Promise.all(wanted.map(startFakeVendor))
  const [vendor] = vendors
  if (!vendor) throw new Error('a scene needs a vendor')
  const setup = prepare({ vendors, redisUrl, ...options })
  const apps: TestApp[] = []
  const processes: AppProcess[] = []
  const visitors: { visitor: Visitor; url: string }[] = []
  const others: { close(): Promise<void> }[] = []
  const dump = () => dumpStore(setup)

  return {
    vendor,
    vendors,
    setup,
    /** Everything in the store. */
    dump,

    async startApp(publicUrl?: string): Promise<TestApp> {
      const app = await startApp(setup, publicUrl)
      apps.push(app)
      return app
    },

    async startProcess(where?: { port?: number; publicUrl?: string }): Promise<AppProcess> {
      const process = await startProcess(setup, where)
      processes.push(process)
      return process
    },

    async startBalancer() {
      const balancer = await startBalancer()
      others.push(balancer)
      return balancer
    },

    visitor(url: string): Visitor {
      const visitor = createVisitor(url)
      visitors.push({ visitor, url })
      return visitor
    },

    /** The app still lives and answered in time, no vendor saw what a correct client does not send, no key stays for ever, no secret is where it should not be. */
    async check(): Promise<void> {
      expect(vendors.flatMap((one) => one.takeFaults())).toEqual([])
      const entries = await dump()
      // The queue's own few keys stay: a counter and its events.
      const forEver = entries.filter(
        ({ key, leftMs }) => leftMs === undefined && !/^(accepted|log|\{runs\}):/.test(key),
      )
      expect(forEver.map(({ key }) => key.split(':')[0])).toEqual([])
      const logs = [...apps.map((app) => app.logs()), ...processes.map((app) => app.output())]
      const texts = [
        ...logs.map((text) => ({ name: 'a log', text })),
        ...textsOfStore(entries),
        ...vendors.flatMap(textsOfVendor),
        ...visitors.flatMap(({ visitor, url }) => textsOfVisitor(visitor, url)),
      ]
      const found = [
        ownSecrets(),
        secretsOfSettings(setup.environment),
        ...vendors.map(secretsOf),
      ].flatMap((secrets) => leaks(secrets, texts))
      expect([...new Set(found)]).toEqual([])
      const visits = visitors.flatMap(({ visitor, url }) =>
        visitor.visits.filter((one) => one.url.origin === url),
      )
      await expectAlive([...apps, ...processes], surprised)
      expectInTime(visits, answeredWithin)
      await expectAsDocumented(visits)
    },

    async close(): Promise<void> {
      await Promise.all(visitors.map(({ visitor }) => visitor.close()))
      await Promise.all(apps.map((app) => app.close()))
      await Promise.all(processes.map((app) => app.kill('SIGKILL')))
      await Promise.all([...vendors, ...others].map((one) => one.close()))
      setup.remove()
    },
  }

  function ownSecrets(): Secrets {
    return {
      'session secret': [setup.secrets.sessionSecret],
      'encryption key': [setup.secrets.encryptionKey],
      'session id': visitors.flatMap(({ visitor }) => visitor.sessionIds()),
      'api token': visitors.flatMap(({ visitor }) => apiTokensOf(visitor)),
      'hand-over': visitors.flatMap(({ visitor }) => handoversOf(visitor)),
    }
  }
}
