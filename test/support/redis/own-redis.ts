// A case with a Redis of its own behind a fault proxy: the app sees the proxy, the test sees Redis.
import { vi } from 'vitest'
import type { Play } from '../scene/cases.ts'
import { inScene } from '../scene/cases.ts'
import type { Scene, SceneOptions } from '../scene/scene.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.ts'

const STARTED = { timeout: 15_000, interval: 50 }

export interface WithRedis {
  redis: RedisServer
  proxy: FaultProxy
}

/** A scene whose apps reach a Redis of the test's own by way of a proxy. Starts no app. */
export function behindProxy(
  options: SceneOptions & { redis?: RedisServerOptions },
  play: (scene: Scene & WithRedis) => Promise<void>,
): () => Promise<void> {
  const { redis: redisOptions, ...rest } = options
  return async () => {
    const redis = await startRedisServer(redisOptions)
    const proxy = await startFaultProxy(redis.port)
    const environment = { REDIS_URL: proxy.url, ...rest.environment }
    try {
      await inScene({ ...rest, redisUrl: redis.url, environment }, (scene) =>
        play({ ...scene, redis, proxy }),
      )()
    } finally {
      redis.thaw()
      await proxy.stop()
      await redis.stop()
    }
  }
}

/** The same with one app in this process and one person. */
export function onRedis(
  options: SceneOptions & { redis?: RedisServerOptions },
  play: (stage: Play & WithRedis) => Promise<void>,
): () => Promise<void> {
  return behindProxy(options, async (scene) => {
    const app = await scene.startApp()
    // A busy machine may take longer than a start waits for its store.
    await vi.waitFor(() => app.context.store.ping(), STARTED)
    await play({ ...scene, app, person: scene.visitor(app.url) })
  })
}
