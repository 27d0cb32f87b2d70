// The company's sign-in by OpenID Connect: found at its issuer, asked by the code flow with PKCE, state and nonce.
import * as client from 'openid-client'
import {
  type Claims,
  claimOf,
  nameOfClaims,
  type Role,
  rolesOfClaims,
  type SignInSettings,
} from './identity.ts'
import { createLogoutTokens, type Logout } from './logout-token.ts'

/** Seconds that one request to the issuer may take. */
const TIMEOUT_S = 10
/** Seconds that its clock may differ from ours. */
const CLOCK_TOLERANCE_S = 30
/** ms between two tries to find an issuer that does not answer. */
const AGAIN_MS = 5_000

/** What this browser has to bring back for its sign-in to count. */
export interface SignInRequest {
  url: URL
  state: string
  nonce: string
  verifier: string
}

/** Somebody who has signed in. */
export interface Person {
  issuer: string
  subject: string
  name: string
  roles: Role[]
  /** ms since 1970, when the issuer says that the session ends sooner than ours would. */
  endsAt: number | undefined
  /** The issuer's own session, by which it may end it. */
  sid: string | undefined
  idToken: string
}

type Report = (name: 'signin.found' | 'signin.unreachable', fields: object) => void

export type SignIn = ReturnType<typeof createSignIn>

/** `report` is told once each time the issuer is found or stops answering. Nothing is asked before `start`. */
export function createSignIn(settings: SignInSettings, publicUrl: string, report: Report) {
  const redirectUri = `${publicUrl}/signin/callback`
  const { find, ...finder } = createFinder(settings, report)
  const readLogoutToken = createLogoutTokens()

  return {
    settings,
    ...finder,

    /** What to send the browser to, and what it has to bring back. @throws Error while the issuer does not answer */
    async begin(): Promise<SignInRequest> {
      return requestTo(await find(), redirectUri, settings.scopes)
    },

    /**
     * Checks the callback (state, and `iss` of RFC 9207 where the issuer sends it), exchanges the code and checks the
     * ID token: signature, issuer, audience, times and nonce. The access token is used for userinfo at most, and forgotten.
     * @param search the callback's query, with its question mark
     * @throws Error of openid-client
     */
    async finish(search: string, request: Omit<SignInRequest, 'url'>): Promise<Person> {
      const configuration = await find()
      const tokens = await client.authorizationCodeGrant(
        configuration,
        new URL(redirectUri + search),
        {
          pkceCodeVerifier: request.verifier,
          expectedState: request.state,
          expectedNonce: request.nonce,
          idTokenExpected: true,
        },
      )
      return personOf(configuration, settings, tokens)
    },

    /** What a logout token says. @throws InvalidLogoutToken, or Error while the issuer does not answer */
    async readLogout(token: string): Promise<Logout> {
      const server = (await find()).serverMetadata()
      const { clientId } = settings
      return readLogoutToken(token, { server, clientId, clockTolerance: CLOCK_TOLERANCE_S })
    },

    /** Where the issuer ends its own session and sends the person back; undefined where it cannot. */
    async endUrl(idToken: string | undefined): Promise<string | undefined> {
      const configuration = await find().catch(() => undefined)
      if (configuration?.serverMetadata().end_session_endpoint === undefined) return undefined
      const parameters = {
        post_logout_redirect_uri: `${publicUrl}/signin`,
        ...(idToken !== undefined && { id_token_hint: idToken }),
      }
      return client.buildEndSessionUrl(configuration, parameters).href
    },
  }
}

async function requestTo(
  configuration: client.Configuration,
  redirectUri: string,
  scope: string,
): Promise<SignInRequest> {
  const verifier = client.randomPKCECodeVerifier()
  const [state, nonce] = [client.randomState(), client.randomNonce()]
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  })
  return { url, state, nonce, verifier }
}

function createFinder(settings: SignInSettings, report: Report) {
  let found: Promise<client.Configuration> | undefined
  let isFound = false
  let isReported = false
  let again: NodeJS.Timeout | undefined

  /** One try at a time, for whoever waits. @throws Error while the issuer does not answer */
  function find(): Promise<client.Configuration> {
    found ??= discover(settings).then(
      (configuration) => {
        isFound = true
        report('signin.found', { issuer: settings.issuer.href })
        return configuration
      },
      (error: unknown) => {
        found = undefined
        if (!isReported) report('signin.unreachable', { issuer: settings.issuer.href, err: error })
        isReported = true
        throw error
      },
    )
    return found
  }

  /** Tries until it is found or the app ends. */
  function tryAgain() {
    find().catch(() => {
      again = setTimeout(tryAgain, AGAIN_MS).unref()
    })
  }

  return {
    find,
    start: tryAgain,
    isFound: () => isFound,
    close: () => clearTimeout(again),
  }
}

/** @throws Error of openid-client, or when there is no ID token */
async function personOf(
  configuration: client.Configuration,
  settings: SignInSettings,
  tokens: Awaited<ReturnType<typeof client.authorizationCodeGrant>>,
): Promise<Person> {
  const idToken = tokens.claims()
  if (!idToken || tokens.id_token === undefined) throw new Error('there is no ID token')
  const claims = await allClaims(configuration, settings, idToken, tokens.access_token)
  const { session_expiry: expiry, sid } = claims
  return {
    issuer: idToken.iss,
    subject: idToken.sub,
    name: nameOfClaims(claims),
    roles: rolesOfClaims(claims, settings),
    endsAt: typeof expiry === 'number' ? expiry * 1000 : undefined,
    sid: typeof sid === 'string' ? sid : undefined,
    idToken: tokens.id_token,
  }
}

async function discover(settings: SignInSettings): Promise<client.Configuration> {
  const { issuer, clientId, clientSecret } = settings
  const isPlain = issuer.protocol === 'http:'
  const read = await client.discovery(issuer, clientId, undefined, client.None(), {
    timeout: TIMEOUT_S,
    ...(isPlain && { execute: [client.allowInsecureRequests] }),
  })
  const server = read.serverMetadata()
  const metadata = { client_secret: clientSecret, [client.clockTolerance]: CLOCK_TOLERANCE_S }
  // Where the issuer says nothing it is by HTTP Basic (OpenID Connect Core section 9).
  const ways = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const auth = ways.includes('client_secret_basic')
    ? client.ClientSecretBasic(clientSecret)
    : client.ClientSecretPost(clientSecret)
  const configuration = new client.Configuration(server, clientId, metadata, auth)
  configuration.timeout = TIMEOUT_S
  client.enableNonRepudiationChecks(configuration) // else a signature counts for nothing that TLS has brought
  if (isPlain) client.allowInsecureRequests(configuration)
  return configuration
}

/** Those of the ID token, and of userinfo where the roles are only there. */
async function allClaims(
  configuration: client.Configuration,
  { rolesClaim }: SignInSettings,
  idToken: client.IDToken,
  accessToken: string,
): Promise<Claims> {
  const { userinfo_endpoint: endpoint } = configuration.serverMetadata()
  const isComplete = claimOf(idToken, rolesClaim) !== undefined && idToken.email !== undefined
  if (isComplete || endpoint === undefined) return idToken
  const more = await client.fetchUserInfo(configuration, accessToken, idToken.sub)
  return { ...more, ...idToken }
}
