// The whole authorization against authorization servers that others wrote, configured by file alone.

import { createServer } from 'node:http'
import { OAuth2Server } from 'oauth2-mock-server'
import { afterEach, expect, test } from 'vitest'
import { Provider } from '../../src/demo-vendor/oidc-provider.ts'
import { listen } from '../support/app/listen.ts'
import { sync, told } from '../support/scene/authorization.ts'
import { approving, signingKey } from '../support/vendor/oidc-provider.ts'
import { playWith, startStage } from '../support/vendor/stage.ts'

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

test('oauth2-mock-server: approves, syncs, refreshes, disconnects', async () => {
  const server = new OAuth2Server()
  await server.issuer.keys.generate('RS256')
  await server.start(0, '127.0.0.1')
  open.push({ close: () => server.stop() })
  const url = server.issuer.url ?? ''
  const { stage, person } = await play({
    authorize: { url: `${url}/authorize`, scopes: ['openid', 'write'] },
    token: { url: `${url}/token` },
    revoke: { url: `${url}/revoke` },
    lifetime: { refresh: 'use', freshGraceSeconds: 0 },
  })
  expect(told(await sync(person, 'C1'))).toContain('synced')
  stage.refuseOnce()
  expect(told(await sync(person, 'C1'))).toContain('synced')
  const tokens = stage.asked('PUT /api').map(({ headers }) => headers.authorization)
  expect(tokens).toHaveLength(3)
  const page = await person.follow(
    await person.post('/connections/theirs/campaign:C1/disconnect', {}),
  )
  expect(page.status).toBeLessThan(500)
})

test.each(['client_secret_basic', 'client_secret_post'] as const)(
  'oidc-provider with %s',
  async (method) => {
    const listening = createServer()
    const issuer = `http://127.0.0.1:${await listen(listening)}`
    const secret = 's3cret with space: %&'
    const file = {
      client: { auth: method === 'client_secret_basic' ? 'basic' : 'post' },
      authorize: {
        url: `${issuer}/auth`,
        issuer,
        issParameter: true,
        scopes: ['openid', 'offline_access'],
        params: { prompt: 'consent' },
      },
      token: { url: `${issuer}/token` },
      revoke: { url: `${issuer}/token/revocation` },
      lifetime: { refresh: 'use', freshGraceSeconds: 0 },
    }
    const scene = await play(file, secret)
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: 'the client',
          client_secret: secret,
          redirect_uris: [`${scene.app.url}/oauth/theirs/callback`],
          grant_types: ['authorization_code', 'refresh_token'],
          token_endpoint_auth_method: method,
        },
      ],
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
      clientBasedCORS: () => false,
      interactions: { url: (_ctx, interaction) => `/approve/${interaction.uid}` },
      findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
      cookies: { keys: ['a test'] },
      jwks: { keys: [await signingKey()] },
    })
    listening.on('request', approving(provider))
    open.push({
      close: async () => {
        listening.close()
        listening.closeAllConnections()
      },
    })
    expect(told(await sync(scene.person, 'C1'))).toContain('synced')
    scene.stage.refuseOnce()
    expect(told(await sync(scene.person, 'C1'))).toContain('synced')
    const tokens = scene.stage.asked('PUT /api').map(({ headers }) => headers.authorization)
    expect(new Set(tokens).size).toBe(2)
  },
)

async function play(file: object, secret = 'a secret') {
  const stage = await startStage()
  open.push(stage)
  let refuse = false
  stage.on('PUT /api', () => {
    const no = refuse
    refuse = false
    return no ? { status: 401, body: {} } : { body: { id: '1' } }
  })
  const refuseOnce = () => {
    refuse = true
  }
  const api = {
    baseUrl: stage.url,
    push: { method: 'PUT', path: '/api/${campaign.id}', idempotencyHeader: 'Idempotency-Key' },
  }
  const environment = { THEIRS_CLIENT_SECRET: secret }
  const scene = await playWith([{ id: 'theirs', name: 'Their Ads', ...file, api }], environment)
  open.push(scene)
  return { ...scene, stage: { ...stage, refuseOnce } }
}
