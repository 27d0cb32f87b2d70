// A vendor for tests: a real HTTP server, strict when left alone, that misbehaves on a script.
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { listen } from '../app/listen.ts'
import { createApi } from './fake-vendor-api.ts'
import { type FileChange, vendorFile } from './fake-vendor-file.ts'
import { canaryValue, createAuthorizationServer } from './fake-vendor-oauth.ts'
import { createScript } from './fake-vendor-script.ts'
import { type Answer, answer, applies, type Step } from './misbehave.ts'

export type Endpoint = 'authorize' | 'token' | 'revoke' | 'api' | 'me'

/** One request as it arrived. */
export interface VendorRequest {
  endpoint: Endpoint | 'elsewhere'
  method: string
  url: URL
  headers: IncomingHttpHeaders
  body: string
  /** ms since 1970. */
  at: number
}

/** What the vendor is like; may be changed while it runs. */
export interface VendorSettings {
  id: string
  name: string
  clientId: string
  clientSecret: string
  auth: 'post' | 'basic' | 'none'
  pkce: boolean
  /** Sends `iss` on the redirect (RFC 9207). */
  iss: boolean
  issuer: string
  /** As sent. A token really lives so many seconds when it is a number above 0, else an hour. */
  expiresIn: unknown
  redirectUris: Set<string>
}

export type FakeVendor = Awaited<ReturnType<typeof startFakeVendor>>

/** Starts one on a free port of 127.0.0.1. Its client secret is a canary with characters that need encoding. */
export async function startFakeVendor(options: Partial<VendorSettings> = {}) {
  const server = createServer()
  const url = `http://127.0.0.1:${await listen(server)}`
  const settings: VendorSettings = {
    id: 'fake',
    name: 'Fake Ads',
    clientId: 'campaign-sync at the fake',
    clientSecret: canaryValue('cs% +&=:'),
    auth: 'post',
    pkce: true,
    iss: true,
    issuer: url,
    expiresIn: 120,
    redirectUris: new Set(),
    ...options,
  }
  const requests: VendorRequest[] = []
  const faults: string[] = []
  const script = createScript()
  const oauth = createAuthorizationServer(settings, (text) => faults.push(text))
  const api = createApi(oauth.isGood, (text) => faults.push(text))
  const good = { ...oauth, api: api.campaign, me: api.me }

  server.on('request', (req: IncomingMessage, res: ServerResponse) => {
    // A connection that breaks is part of the game, a mistake in here is not.
    handle(req, res).catch(
      (error) => res.destroyed || faults.push(`the vendor itself broke: ${error}`),
    )
  })

  let open = 0

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    open += 1
    res.once('close', () => {
      open -= 1
    })
    const request = await read(req, url)
    requests.push(request)
    if (request.endpoint === 'elsewhere') return void answer(res, { status: 404 }, {})
    const step = script.next(request.endpoint, request)
    if (step.hold?.when === 'before') await step.hold.until
    const made: Answer = applies(step) ? good[request.endpoint](request) : { status: 200 }
    if (step.hold?.when === 'after') await step.hold.until
    await answer(res, step.back ? sentBack(made, request, step.back) : made, step)
  }

  return {
    url,
    settings,
    requests,
    ...script,
    /** Requests under way. */
    open: () => open,
    effects: api.effects,
    applied: api.applied,
    revokeAll: oauth.revokeAll,
    /** Every value that must not leak, as issued or seen so far. */
    values: () => ({ clientSecrets: [settings.clientSecret], ...oauth.values() }),
    /** The requests of one endpoint, or the pushes of one campaign. */
    at: (endpoint: Endpoint, campaign?: string) =>
      requests.filter(
        (one) =>
          one.endpoint === endpoint && (!campaign || one.url.pathname.endsWith(`/${campaign}`)),
      ),
    /** What a correct client would not have done, since this was last asked. */
    takeFaults: () => faults.splice(0),
    /** The vendor file for this vendor, in the shape of src/vendors/vendor.ts, with changes merged over it. */
    file: (...changes: FileChange[]) => vendorFile(settings, url, changes),
    async close() {
      script.releaseAll()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function read(req: IncomingMessage, base: string): Promise<VendorRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  const url = new URL(req.url ?? '/', base)
  const body = Buffer.concat(chunks).toString()
  const { method = '', headers } = req
  return { endpoint: endpointOf(url.pathname), method, url, headers, body, at: Date.now() }
}

function endpointOf(path: string): VendorRequest['endpoint'] {
  if (path === '/authorize') return 'authorize'
  if (path === '/token') return 'token'
  if (path === '/revoke') return 'revoke'
  if (path === '/api/me') return 'me'
  return path.startsWith('/api/campaigns/') ? 'api' : 'elsewhere'
}

/** The redirect back to the app with other parameters; also of a request the vendor would have refused. */
function sentBack(made: Answer, { url }: VendorRequest, change: NonNullable<Step['back']>): Answer {
  const back = new URL(String(made.headers?.location ?? url.searchParams.get('redirect_uri')))
  for (const [name, value] of Object.entries(change)) {
    if (value === null) back.searchParams.delete(name)
    else back.searchParams.set(name, value)
  }
  return { status: 302, headers: { location: back.href } }
}
