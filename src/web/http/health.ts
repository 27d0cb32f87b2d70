// Health and metrics for machines: no session, no log line, no secrets.
import { createHash, timingSafeEqual } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Router } from 'express'
import type { Context } from '../../context.ts'
import { noStore } from './headers.ts'
import { needs } from './needs.ts'

const READY_MS = 1_000

export function healthRoutes(context: Context): Router {
  const { config, metrics, signIn, store } = context
  const router = Router({ caseSensitive: true, strict: true })

  router.use(['/healthz', '/readyz', '/metrics'], noStore)

  router.get('/healthz', needs('anybody'), (_req, res) => {
    res.type('text').send('ok')
  })

  router.get('/readyz', needs('anybody'), async (_req, res) => {
    if (context.leaving) return void res.status(503).type('text').send('stopping')
    const reply = store.ping().then(
      () => true,
      () => false,
    )
    const ready = await Promise.race([reply, wait(READY_MS, false, { ref: false })])
    if (ready && signIn?.isFound() === false)
      return void res.status(503).type('text').send('the sign-in does not answer')
    res
      .status(ready ? 200 : 503)
      .type('text')
      .send(ready ? 'ok' : 'the store does not answer')
  })

  router.get('/metrics', needs('anybody'), async (req, res, next) => {
    if (!metrics || config.metricsToken === undefined) return next()
    if (!same(req.get('authorization') ?? '', `Bearer ${config.metricsToken}`))
      return void res.status(401).set('WWW-Authenticate', 'Bearer').end()
    res.type(metrics.contentType).send(await metrics.text())
  })

  return router
}

/** Compares in the same time whatever is given. */
function same(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}
