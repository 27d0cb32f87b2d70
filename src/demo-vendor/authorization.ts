// Acme's authorization server: oidc-provider, cut down to the code grant with PKCE and no refresh token.
import type { DatabaseSync } from 'node:sqlite'
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { Controls } from './controls.ts'
import { accountId, ownKeys } from './database.ts'
import { createAdapter, Provider } from './oidc-provider.ts'
import { failurePage } from './pages.ts'

type Settings = {
  /** The address Acme names itself by, in `iss` (RFC 9207). */
  publicUrl: string
  clientId: string
  clientSecret: string
  redirectUris: string[]
  /** Where its pages send a person who is stuck. */
  appUrl: string
}

export const CLIENT_NAME = 'Campaign Sync'
/** What an app can ask for, in the words of the consent page. `openid` is not needed: this is plain OAuth 2. */
export const SCOPES: Record<string, string> = {
  'campaigns:write': 'Create and change campaigns in your Acme Ads account',
  'campaigns:read': 'See the campaigns in your Acme Ads account',
}
const TWO_WEEKS = 14 * 24 * 3600

export function createAuthorizationServer(
  db: DatabaseSync,
  controls: Controls,
  settings: Settings,
) {
  const { cookieKeys, jwk } = ownKeys(db)
  const server = new Provider(settings.publicUrl, {
    ...shape,
    adapter: createAdapter(db),
    clients: [
      {
        client_id: settings.clientId,
        client_secret: settings.clientSecret,
        client_name: CLIENT_NAME,
        redirect_uris: settings.redirectUris,
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic', // the library takes client_secret_post for it, too
        id_token_signed_response_alg: 'ES256',
      },
    ],
    cookies: { ...shape.cookies, keys: cookieKeys },
    renderError(ctx, _out, error) {
      const { status, html } = failurePage(error, settings.appUrl)
      ctx.status = status
      ctx.type = 'html'
      ctx.body = html
    },
    jwks: { keys: [{ ...jwk, use: 'sig', alg: 'ES256' }] },
    ttl: {
      AccessToken: () => controls.read().tokenSeconds,
      AuthorizationCode: 60,
      Grant: TWO_WEEKS,
      Interaction: 3600,
      Session: TWO_WEEKS,
    },
  })
  server.on('server_error', (_ctx, error) => console.error('Acme Ads:', error))
  return server
}

const shape = {
  scopes: Object.keys(SCOPES),
  responseTypes: ['code'],
  clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
  pkce: { required: () => true },
  clockTolerance: 0, // the default takes an expired token for 15 seconds more
  expiresWithSession: () => false, // signing out at Acme does not end access an app already has
  clientBasedCORS: () => false,
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  loadExistingGrant,
  findAccount: (_ctx, id) =>
    accountId.safeParse(id).success ? { accountId: id, claims: () => ({ sub: id }) } : undefined,
  // A browser sends its cookies to every port of a host: names of our own keep them apart from the app's.
  cookies: {
    names: { session: 'acme_session', interaction: 'acme_interaction', resume: 'acme_resume' },
  },
  features: {
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    resourceIndicators: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    userinfo: { enabled: false },
    revocation: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
    },
  },
  routes: {
    authorization: '/oauth/authorize',
    token: '/oauth/token',
    revocation: '/oauth/revoke',
    jwks: '/oauth/jwks',
    end_session: '/oauth/end',
  },
} satisfies Configuration

/**
 * What the person allowed in this session, as a new grant for this authorization. The library ends all tokens
 * of a grant when one is revoked or a code is replayed; with a grant each, the other tokens stay good.
 */
async function loadExistingGrant(ctx: KoaContextWithOIDC) {
  const { provider, result, session, client, account } = ctx.oidc
  const allowedNow = result?.consent?.grantId
  if (allowedNow !== undefined) return provider.Grant.find(allowedNow)
  if (!session || !client || !account) return undefined
  const before = await provider.Grant.find(session.grantIdFor(client.clientId) ?? '')
  if (before === undefined || before.accountId !== account.accountId) return undefined
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
  grant.addOIDCScope(before.getOIDCScope())
  await grant.save()
  return grant
}
