// The token by which the issuer ends sessions here: checked as OpenID Connect Back-Channel Logout 1.0 section 2.6 says.
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { ServerMetadata } from 'openid-client'
import { z } from 'zod'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
/** Seconds after it was made in which a token counts; for so long its id is remembered. */
export const LOGOUT_TOKEN_SECONDS = 300
/** Signatures that the issuer alone can make: never by a shared secret, never none. */
const SIGNED_BY_KEY = /^(?:[RPE]S(?:256|384|512)|EdDSA|Ed25519)$/
/** Other kinds of token are for something else, whoever has signed them. */
const KINDS: readonly unknown[] = [undefined, 'JWT', 'logout+jwt', 'application/logout+jwt']

/** Whose sessions end: those of a session of the issuer, else all of a person. */
export interface Logout {
  issuer: string
  subject?: string | undefined
  sid?: string | undefined
  /** Of the token: the same one counts once. */
  id: string
}

/** What was sent is no token that ends anything. */
export class InvalidLogoutToken extends Error {}

const claimsSchema = z
  .object({
    sub: z.string().min(1).max(255).optional(),
    sid: z.string().min(1).max(500).optional(),
    jti: z.string().min(1).max(500),
    events: z.object({ [EVENT]: z.looseObject({}) }),
    nonce: z.undefined().optional(),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined)

interface Issuer {
  server: Readonly<ServerMetadata>
  clientId: string
  /** Seconds that its clock may differ from ours. */
  clockTolerance: number
}

/** Reads tokens; the issuer's keys are fetched when they are first needed, and when it has new ones. */
export function createLogoutTokens() {
  let keys: { of: string; get: JWTVerifyGetKey } | undefined

  function keysOf({ jwks_uri: uri = '' }: Readonly<ServerMetadata>): JWTVerifyGetKey {
    if (keys?.of !== uri) keys = { of: uri, get: createRemoteJWKSet(new URL(uri)) }
    return keys.get
  }

  /** @throws InvalidLogoutToken, or whatever stands in the way of the issuer's keys */
  return async function read(token: string, issuer: Issuer): Promise<Logout> {
    const { server, clientId, clockTolerance } = issuer
    const stated = server.id_token_signing_alg_values_supported ?? ['RS256']
    const { payload, protectedHeader } = await jwtVerify(token, keysOf(server), {
      issuer: server.issuer,
      audience: clientId,
      algorithms: stated.filter((one) => SIGNED_BY_KEY.test(one)),
      clockTolerance,
      maxTokenAge: LOGOUT_TOKEN_SECONDS,
    }).catch((error: unknown) => {
      throw isOfToken(error) ? new InvalidLogoutToken('not signed for us', { cause: error }) : error
    })
    const { data } = claimsSchema.safeParse(payload)
    if (!data || !KINDS.includes(protectedHeader.typ))
      throw new InvalidLogoutToken('another kind of token')
    return { issuer: server.issuer, subject: data.sub, sid: data.sid, id: data.jti }
  }
}

/** Whether the token was at fault, and not the way to the issuer's keys. */
function isOfToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC'
}
