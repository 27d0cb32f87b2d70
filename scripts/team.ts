// `npm run start:team`: the demo with a company's sign-in beside it, where four people have a role each.
import { spawn } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { openDatabase } from '../src/demo-vendor/database.ts'
import { createAdapter, Provider } from '../src/demo-vendor/oidc-provider.ts'

const PEOPLE: Record<string, { name: string; role: string }> = {
  dana: { name: 'Dana', role: 'admin' },
  ada: { name: 'Ada', role: 'approver' },
  sam: { name: 'Sam', role: 'sender' },
  vic: { name: 'Vic', role: 'viewer' },
}

const { PORT = '3000', TEAM_PORT = '4100' } = process.env
const { PUBLIC_URL = `http://localhost:${PORT}` } = process.env
const issuer = `http://localhost:${TEAM_PORT}`
const clientSecret = randomBytes(32).toString('base64url')
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const provider = new Provider(issuer, {
  adapter: createAdapter(openDatabase(':memory:')),
  clients: [
    {
      client_id: 'campaign-sync',
      client_secret: clientSecret,
      redirect_uris: [`${PUBLIC_URL}/signin/callback`],
      post_logout_redirect_uris: [`${PUBLIC_URL}/signin`],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  claims: { openid: ['sub'], email: ['email'], profile: ['name', 'roles'] },
  pkce: { required: () => true },
  clientBasedCORS: () => false,
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => claimsOf(id) }),
  loadExistingGrant,
  interactions: { url: (_ctx, { uid }) => `/sign-in/${uid}` },
  // A browser sends its cookies to every port of a host: names of its own.
  cookies: {
    keys: [randomBytes(32).toString('base64url')],
    names: { session: 'team', interaction: 'team_interaction', resume: 'team_resume' },
  },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      logoutSource(ctx, form) {
        ctx.body = page(`<h1>Sign out?</h1>${form}
          <button form="op.logoutForm" name="logout" value="yes">Sign out of the company</button>`)
      },
    },
  },
})

const server = createServer((req, res) => {
  respond(req, res).catch((error) => res.destroy(error))
})
server.listen(Number(TEAM_PORT), '127.0.0.1')
await once(server, 'listening')
console.log(`  Company       ${issuer} (${Object.keys(PEOPLE).join(', ')}; no passwords)`)

const app = spawn(process.execPath, [join(import.meta.dirname, '..', 'src', 'server.ts')], {
  env: {
    ...process.env,
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: 'campaign-sync',
    OIDC_CLIENT_SECRET: clientSecret,
  },
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => signal === 'SIGTERM' && app.kill(signal)) // Ctrl-C reaches the app by itself
const [code] = await once(app, 'exit')
process.exit(code ?? 1)

function claimsOf(sub: string) {
  const { name, role } = PEOPLE[sub] ?? { name: sub, role: 'none' }
  return { sub, name, email: `${sub}@northwind.example`, roles: [role] }
}

/** Nobody is asked to consent: the app is the company's own. */
async function loadExistingGrant({ oidc }: KoaContextWithOIDC) {
  const { account, client, params } = oidc
  if (!account || !client) return undefined
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
  grant.addOIDCScope(String(params?.scope ?? 'openid'))
  await grant.save()
  return grant
}

async function respond(req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (!req.url?.startsWith('/sign-in/')) return provider.callback()(req, res)
  if (req.method !== 'POST') {
    const people = Object.entries(PEOPLE).map(
      ([id, { name, role }]) => `<button name="who" value="${id}">${name}, ${role}</button>`,
    )
    res.setHeader('content-type', 'text/html; charset=utf-8')
    res.end(page(`<h1>Who are you?</h1><form method="post">${people.join('')}</form>`))
    return
  }
  const who = new URLSearchParams(await text(req)).get('who') ?? ''
  const result = Object.hasOwn(PEOPLE, who)
    ? { login: { accountId: who } }
    : { error: 'access_denied' }
  await provider.interactionFinished(req, res, result)
}

function page(content: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Northwind sign-in</title><style>
body { font: 1.1rem/1.5 system-ui; max-width: 22rem; margin: 12vh auto; padding: 0 1rem }
button { font: inherit; display: block; width: 100%; margin: .5rem 0; padding: .6rem }</style>
<p>Northwind, a pretend company</p>${content}</html>`
}
