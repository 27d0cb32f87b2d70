// Health for machines: is the process alive, can the store answer. No session, no log line, no secrets.
import { setTimeout as wait } from 'node:timers/promises'
import { Router } from 'express'
import type { Context } from '../context.ts'

const READY_MS = 1_000

export function healthRoutes({ store }: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/healthz', (_req, res) => {
    res.type('text').send('ok')
  })

  router.get('/readyz', async (_req, res) => {
    const answer = store.ping().then(
      () => true,
      () => false,
    )
    const ready = await Promise.race([answer, wait(READY_MS, false, { ref: false })])
    res
      .status(ready ? 200 : 503)
      .type('text')
      .send(ready ? 'ok' : 'the store does not answer')
  })

  return router
}
