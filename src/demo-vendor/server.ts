// "Acme Ads", the demo vendor, a stranger on the network: how it is started, its routes in order, and how it ends.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import express, { type Express, type RequestHandler } from 'express'
import helmet from 'helmet'
import { apiRoutes } from './api.ts'
import { createAuthorizationServer } from './authorization.ts'
import { createControls, failAuthorizations, failTokens } from './controls.ts'
import { openDatabase } from './database.ts'
import { interactionRoutes } from './interaction.ts'
import { createLedger } from './ledger.ts'
import { campaignPages, FOLDER, failure, render } from './pages.ts'
import { panelRoutes } from './panel.ts'

export type DemoVendorOptions = {
  host: string
  /** 0 takes any free port. */
  port: number
  /** Where people and apps find it, and what it calls itself in `iss`; default http://localhost:<port>. */
  publicUrl?: string | undefined
  clientId: string
  clientSecret: string
  redirectUris: string[]
  /** How long access lasts, in seconds; the control panel can change it. */
  tokenSeconds: number
  databaseFile: string
}

/** Starts Acme Ads. Rejects with the plain listen error, like EADDRINUSE, when it cannot have its port. */
export async function startDemoVendor(options: DemoVendorOptions) {
  const server = createServer()
  server.listen(options.port, options.host)
  await once(server, 'listening')
  const port = portOf(server)
  const url = options.publicUrl ?? `http://localhost:${port}`

  const stop = new AbortController()
  try {
    const db = openDatabase(options.databaseFile)
    server.on('request', createAcme(db, { ...options, publicUrl: url }, stop.signal))
    const close = async () => {
      stop.abort()
      await closeServer(server)
      db.close()
    }
    return { url, port, close }
  } catch (error) {
    await closeServer(server)
    throw error
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Acme Ads has no port')
  return address.port
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close')
  const deadline = setTimeout(() => server.closeAllConnections(), 1000)
  server.close()
  await closed
  clearTimeout(deadline)
}

type Settings = {
  publicUrl: string
  tokenSeconds: number
  clientId: string
  clientSecret: string
  redirectUris: string[]
}

/** All of Acme Ads on one database. `stop` ends the waits of slow pushes. */
function createAcme(db: DatabaseSync, settings: Settings, stop: AbortSignal): Express {
  const ledger = createLedger(db)
  const controls = createControls(db, settings.tokenSeconds)
  const appUrl = new URL(settings.redirectUris[0] ?? settings.publicUrl).origin
  const provider = createAuthorizationServer(db, controls, { ...settings, appUrl })
  const authorizationServer = provider.callback()

  const app = express()
  app.use(headers)
  app.use('/assets', express.static(join(FOLDER, 'public')))
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
