// Sign-in and sign-out at OpenID Connect servers that others wrote, as a company may have one; settings alone differ.
import { createServer } from 'node:http'
import { OAuth2Server } from 'oauth2-mock-server'
import { Agent } from 'undici'
import { afterEach, expect, test } from 'vitest'
import { Provider } from '../../src/demo-vendor/oidc-provider.ts'
import { listen } from '../support/app/listen.ts'
import { setScene } from '../support/scene/scene.ts'
import { JSON_CALLER } from '../support/scene/script.ts'
import { approving, signingKey } from '../support/vendor/oidc-provider.ts'

const SECRET = 's3cret with space: %&'

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

test.each(['client_secret_basic', 'client_secret_post'] as const)(
  'oidc-provider with %s: signs in, and out here by the back channel',
  async (method) => {
    const listening = createServer((_req, res) => void res.writeHead(503).end())
    const issuer = `http://127.0.0.1:${await listen(listening)}`
    open.push({
      close: async () => {
        listening.close()
        listening.closeAllConnections()
      },
    })
    const scene = await startScene({ OIDC_ISSUER: issuer })
    const { url } = scene
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: 'sync',
          client_secret: SECRET,
          redirect_uris: [`${url}/signin/callback`],
          post_logout_redirect_uris: [`${url}/signin`],
          token_endpoint_auth_method: method,
          backchannel_logout_uri: `${url}/signin/backchannel-logout`,
          backchannel_logout_session_required: true,
        },
      ],
      claims: { openid: ['sub'], email: ['email'], profile: ['name', 'roles'] },
      pkce: { required: () => true },
      features: {
        devInteractions: { enabled: false },
        backchannelLogout: { enabled: true },
        rpInitiatedLogout: {
          logoutSource: (ctx, form) => {
            ctx.body = `<!doctype html><h1>Sign out?</h1>${form.replace('</form>', '<button name="logout" value="yes">Yes</button></form>')}`
          },
        },
      },
      clientBasedCORS: () => false,
      // Its own refuses addresses of this machine.
      fetch: (address, options) => fetch(address, { ...options, dispatcher: new Agent() }),
      interactions: { url: (_ctx, { uid }) => `/approve/${uid}` },
      findAccount: (_ctx, id) => ({
        accountId: id,
        claims: () => ({ sub: id, email: 'dana@company.example', roles: ['admin'] }),
      }),
      cookies: { keys: ['a test'] },
      jwks: { keys: [await signingKey()] },
    })
    listening.removeAllListeners('request').on('request', approving(provider))
    const person = scene.visitor(url)
    const page = await person.open('/campaigns')
    expect(page.body).toContain('dana@company.example</bdi> · admin')
    const other = scene.visitor(url)
    await other.open('/campaigns')
    // Somebody signs out at the company, not here.
    const asks = await person.open(`${issuer}/session/end?client_id=sync`)
    await person.click(asks, 'Yes')
    const statuses = [person, other].map(
      async (one) => (await one.get('/campaigns', JSON_CALLER)).status,
    )
    expect(await Promise.all(statuses)).toEqual([401, 200])
  },
)

test('oauth2-mock-server: signs in', async () => {
  const server = new OAuth2Server()
  await server.issuer.keys.generate('RS256')
  await server.start(0, '127.0.0.1')
  open.push({ close: () => server.stop() })
  server.service.on('beforeTokenSigning', ({ payload }) => {
    Object.assign(payload, { roles: ['sender'], email: 'sam@company.example' })
  })
  const scene = await startScene({ OIDC_ISSUER: server.issuer.url ?? '' })
  const page = await scene.visitor(scene.url).open('/campaigns')
  expect(page.body).toContain('sam@company.example</bdi> · sender')
})

async function startScene(environment: Record<string, string>) {
  const client = { OIDC_CLIENT_ID: 'sync', OIDC_CLIENT_SECRET: SECRET }
  const scene = await setScene({ environment: { ...client, ...environment } })
  open.push({
    close: async () => {
      await scene.check()
      await scene.close()
    },
  })
  const app = await scene.startApp()
  return { ...scene, url: app.url }
}
