// The contents page: middleware and routers in the order a request meets them.
import { join } from 'node:path'
import express from 'express'
import type { Context } from './context.ts'
import { requestLog } from './log.ts'
import { accountRoutes } from './routes/account.ts'
import { callbackRoutes } from './routes/callback.ts'
import { campaignRoutes } from './routes/campaigns.ts'
import { connectRoutes } from './routes/connect.ts'
import { connectionActionRoutes } from './routes/connection-actions.ts'
import { connectionRoutes } from './routes/connections.ts'
import { failures, nothingHere } from './routes/failures.ts'
import { knownMethods, noPrefetch, onlyForms, onPublicHost, sameSite, soundHeaders } from './routes/guards.ts'
import { noStore, securityHeaders } from './routes/headers.ts'
import { healthRoutes } from './routes/health.ts'
import { keyRoutes } from './routes/key.ts'
import { runRoutes } from './routes/runs.ts'
import { runActionRoutes } from './routes/runs-actions.ts'
import { runCsvRoutes } from './routes/runs-csv.ts'
import { runLiveRoutes } from './routes/runs-live.ts'
import { sessionEndRoutes } from './routes/session-end.ts'
import { syncRoutes } from './routes/sync.ts'
import { sessions } from './session/session.ts'

const ROOT = join(import.meta.dirname, '..')

/** The Express app, ready to be served; tests serve this very app. */
export function createApp(context: Context) {
  const { config } = context
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', config.trustProxy)
  app.set('query parser', 'simple')
  app.set('case sensitive routing', true)
  app.set('strict routing', true)
  app.set('views', join(ROOT, 'views'))
  app.set('view engine', 'pug')
  app.set('view cache', true)

  app.use(soundHeaders)
  app.use(securityHeaders(config))
  app.use(healthRoutes(context))
  app.use(requestLog(context.log))
  app.get(
    /^\/[\w-]+\.\w+$/,
    express.static(join(ROOT, 'public'), { index: false, redirect: false, maxAge: '1h' }),
  )
  app.use(noStore)
  app.use(knownMethods)
  app.use(onPublicHost(config.publicUrl))
  app.use(sameSite(config.publicUrl))
  app.use(noPrefetch)
  app.use(
    sessions(context.store, {
      secrets: config.sessionSecrets,
      secure: config.publicUrl.startsWith('https:'),
    }),
  )
  app.use('/runs', express.urlencoded({ extended: false, limit: '128kb', parameterLimit: 1_100 }))
  app.use('/runs', express.json({ limit: '128kb' }))
  app.use(express.urlencoded({ extended: false, limit: '16kb', parameterLimit: 100 }))
  app.use(express.json({ limit: '16kb' }))
  app.use(onlyForms)

  app.use(campaignRoutes(context))
  app.use(syncRoutes(context))
  app.use(runRoutes(context))
  app.use(runActionRoutes(context))
  app.use(runLiveRoutes(context))
  app.use(runCsvRoutes(context))
  app.use(connectRoutes(context))
  app.use(keyRoutes(context))
  app.use(callbackRoutes(context))
  app.use(accountRoutes(context))
  app.use(connectionRoutes(context))
  app.use(connectionActionRoutes(context))
  app.use(sessionEndRoutes(context))
  app.use(nothingHere)
  app.use(failures(context))
  return app
}
