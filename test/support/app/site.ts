// The app with the demo vendor beside it, both in this process on free ports, as a newcomer has them.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../../src/app.ts'
import { readConfig } from '../../../src/config/config.ts'
import { createContext } from '../../../src/context.ts'
import { startDemoVendor } from '../../../src/demo-vendor/server.ts'
import { listen } from './listen.ts'

export type Site = Awaited<ReturnType<typeof startSite>>

export interface SiteOptions {
  /** Without them the sample's. */
  campaigns?: object[]
  tokenSeconds?: number
  environment?: Record<string, string>
}

export async function startSite({
  campaigns,
  tokenSeconds = 3600,
  environment = {},
}: SiteOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'site-'))
  const server = createServer()
  const port = await listen(server)
  const url = `http://localhost:${port}`
  const client = { clientId: 'campaign-sync', clientSecret: randomBytes(24).toString('base64url') }
  const redirectUris = [`${url}/oauth/demo/callback`]
  const databaseFile = join(folder, 'acme.sqlite')
  const acme = await startDemoVendor({
    ...client,
    host: '127.0.0.1',
    port: 0,
    redirectUris,
    tokenSeconds,
    databaseFile,
  })
  const file = join(folder, 'campaigns.json')
  if (campaigns) writeFileSync(file, JSON.stringify(campaigns))
  const config = readConfig({
    PORT: String(port),
    PUBLIC_URL: url,
    DATA_DIR: join(folder, 'data'),
    DEMO_VENDOR_PORT: String(acme.port),
    DEMO_CLIENT_ID: client.clientId,
    DEMO_CLIENT_SECRET: client.clientSecret,
    LOG_LEVEL: 'error',
    ...(campaigns && { CAMPAIGNS: file }),
    ...environment,
  })
  const context = await createContext(config)
  server.on('request', createApp(context))
  return {
    url,
    acme: acme.url,
    context,
    /** Presses a button of Acme's control panel. */
    async panel(what: string, fields: Record<string, string> = {}) {
      const answer = await fetch(`${acme.url}/panel/${what}`, {
        method: 'POST',
        body: new URLSearchParams(fields),
        redirect: 'manual',
      })
      if (answer.status !== 303) throw new Error(`the panel refuses ${what}: ${answer.status}`)
    },
    /** Puts other campaigns into the file and waits until they are served. */
    async replaceCampaigns(next: object[]) {
      writeFileSync(file, JSON.stringify(next))
      await context.campaigns.refresh()
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
      await acme.close()
      await context.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
