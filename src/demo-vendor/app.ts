// Acme Ads in the order a request meets it: API, people's pages, the authorization server, what is wrong.
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import express, { type Express, type RequestHandler } from 'express'
import helmet from 'helmet'
import { apiRoutes } from './api.ts'
import { createAuthorizationServer } from './authorization.ts'
import { createControls } from './controls.ts'
import { failAuthorizations, failTokens } from './fail-on-demand.ts'
import { failure } from './failure.ts'
import { interactionRoutes } from './interaction.ts'
import { createLedger } from './ledger.ts'
import { campaignPages } from './pages.ts'
import { panelRoutes } from './panel.ts'
import { render } from './render.ts'

export type Settings = {
  publicUrl: string
  tokenSeconds: number
  clientId: string
  clientSecret: string
  redirectUris: string[]
}

/** All of Acme Ads on one database. `stop` ends the waits of slow pushes. */
export function createAcme(db: DatabaseSync, settings: Settings, stop: AbortSignal): Express {
  const ledger = createLedger(db)
  const controls = createControls(db, settings.tokenSeconds)
  const appUrl = new URL(settings.redirectUris[0] ?? settings.publicUrl).origin
  const provider = createAuthorizationServer(db, controls, { ...settings, appUrl })
  const authorizationServer = provider.callback()

  const app = express()
  app.use(headers)
  app.use('/assets', express.static(join(import.meta.dirname, 'public')))
  app.get('/healthz', (_req, res) => void res.json({ name: 'Acme Ads', status: 'ok' }))
  app.use('/api', apiRoutes(provider, ledger, controls, stop))
  app.use(fresh)
  app.use(['/interaction', '/panel'], ownFormsOnly)
  app.use(campaignPages(ledger))
  app.use(panelRoutes(provider, ledger, controls, db, settings))
  app.use(interactionRoutes(provider, controls))
  app.post('/oauth/token', failTokens(controls))
  app.get('/oauth/authorize', failAuthorizations(controls, settings))
  app.all(/^\/(oauth|\.well-known)\//, (req, res) => authorizationServer(req, res))
  app.use(
    (_req, res) => void res.status(404).send(render('message', { title: 'There is no such page' })),
  )
  app.use(failure(appUrl))
  return app
}

/** No form-action: Chromium applies it to the whole redirect chain, which ends at an app Acme does not know. */
const headers = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      scriptSrc: ["'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  strictTransportSecurity: false, // Acme speaks plain HTTP on localhost
})

/** Every page shows a state of now, some of them a person's. */
const fresh: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}

/** A browser says where a form came from: one on another site, even another port, changes nothing here. */
const ownFormsOnly: RequestHandler = (req, res, next) => {
  const from = req.get('sec-fetch-site')
  if (req.method !== 'POST' || from === undefined || from === 'same-origin' || from === 'none')
    return next()
  res
    .status(403)
    .send(render('message', { title: 'This form came from another site; nothing was done' }))
}
