// The contents page: middleware and routers in the order a request meets them.

import express from 'express'
import type { Context } from './context.ts'
import { ownFile } from './files.ts'
import { requestLog } from './log.ts'
import { sessions } from './session/session.ts'
import { keyRoutes } from './web/access/api-key.ts'
import { callbackRoutes } from './web/access/callback.ts'
import { accountRoutes } from './web/access/choose-account.ts'
import { connectRoutes } from './web/access/connect.ts'
import { connectionRoutes } from './web/access/connections.ts'
import { sessionEndRoutes, vendorDisconnectRoutes } from './web/access/end-access.ts'
import { apiRoutes } from './web/api/routes.ts'
import { bearer } from './web/api-tokens/bearer.ts'
import { apiTokenRoutes } from './web/api-tokens/routes.ts'
import { auditRoutes } from './web/audit/routes.ts'
import { campaignRoutes } from './web/campaigns/routes.ts'
import { handoverRoutes } from './web/handover/routes.ts'
import { recordActs } from './web/http/acts.ts'
import { compressed, createAssets } from './web/http/assets.ts'
import { endLongBodies, noLongBodies, readForms } from './web/http/bodies.ts'
import {
  knownMethods,
  noPrefetch,
  onlyForms,
  onPublicHost,
  sameSite,
  soundHeaders,
} from './web/http/guards.ts'
import { noStore, securityHeaders } from './web/http/headers.ts'
import { healthRoutes } from './web/http/health.ts'
import { createLongPoll } from './web/http/long-poll.ts'
import { identify, needs } from './web/http/needs.ts'
import { signInRoutes } from './web/identity/sign-in.ts'
import { mcpRoutes } from './web/mcp/routes.ts'
import { aboutRoutes, problemTypeRoutes } from './web/page/help.ts'
import { failures, nothingHere, shownProblems } from './web/page/problem-page.ts'
import { runActionRoutes } from './web/runs/actions.ts'
import { approvalRoutes } from './web/runs/approvals.ts'
import { runCsvRoutes } from './web/runs/csv.ts'
import { runLiveRoutes } from './web/runs/live.ts'
import { runRoutes } from './web/runs/routes.ts'
import { intentRoutes } from './web/sync/intent-status.ts'
import { syncRoutes } from './web/sync/routes.ts'

/** The Express app, ready to be served; tests serve this very app. */
export function createApp(context: Context) {
  const { config } = context
  const app = createExpress(config.trustProxy)
  const poll = createLongPoll(context)
  const assets = createAssets(ownFile('public'))
  app.locals.asset = assets.path
  app.use(endLongBodies)
  app.use(soundHeaders)
  app.use(securityHeaders(config))
  app.use(healthRoutes(context))
  app.use(requestLog(context.log))
  app.use(noLongBodies)
  app.use(compressed)
  app.get(/^\/[\w.-]+\.\w+$/, needs('anybody'), ...assets.serve)
  app.use(noStore)
  app.use(knownMethods)
  app.use(onPublicHost(config.publicUrl))
  app.use(bearer(context))
  app.use(sameSite(config.publicUrl))
  app.use(noPrefetch)
  app.use(browserSessions(context))
  app.use(identify(context))
  app.use(recordActs(context))
  app.use(readForms())
  app.use(onlyForms)

  app.use(syncRoutes(context))
  // Links for an approval have addresses of connectRoutes and a secret in the query: they have to be matched first.
  app.use(handoverRoutes(context))
  app.use(connectRoutes(context))
  app.use(callbackRoutes(context))
  app.use(signInRoutes(context))
  app.use(campaignRoutes(context))
  app.use(intentRoutes(context, poll))
  app.use(runRoutes(context, poll))
  app.use(runActionRoutes(context))
  app.use(approvalRoutes(context))
  app.use(runLiveRoutes(context))
  app.use(runCsvRoutes(context))
  app.use(keyRoutes(context))
  app.use(accountRoutes(context))
  app.use(connectionRoutes(context))
  app.use(vendorDisconnectRoutes(context))
  app.use(apiRoutes(context))
  app.use(mcpRoutes(context, poll))
  app.use(apiTokenRoutes(context))
  app.use(auditRoutes(context))
  app.use(sessionEndRoutes(context))
  app.use(aboutRoutes(context))
  app.use(problemTypeRoutes(context))
  app.use(shownProblems(context))
  app.use(nothingHere)
  app.use(failures(context))
  return app
}

function browserSessions({ store, config }: Context) {
  return sessions(store, {
    secrets: config.sessionSecrets,
    secure: config.publicUrl.startsWith('https:'),
    maxDays: config.sessionMaxDays,
    checkedLater: /^(?:(?:GET|POST) \/campaigns\/[\w-]+\/sync|GET \/connect\/[\w-]+\/[\w-]+)$/,
  })
}

function createExpress(trustProxy: number) {
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', trustProxy)
  app.set('query parser', 'simple')
  app.set('case sensitive routing', true)
  app.set('strict routing', true)
  app.set('views', ownFile('views'))
  app.set('view engine', 'pug')
  app.set('view cache', true)
  return app
}
