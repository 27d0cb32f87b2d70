// `Authorization: Bearer`: a script with an API token has no session, no cookie and no form; it is who the token says.
import type { Request, RequestHandler } from 'express'
import type { Context } from '../../context.ts'
import { HttpProblem } from '../../errors.ts'
import { type ApiToken, describeToken, isApiToken } from '../../identity/api-tokens.ts'
import type { Identity } from '../../identity/identity.ts'
import { limitedBy, limitedByAddress } from '../http/rate-limit.ts'
import { wantsJson } from '../http/script-callers.ts'

declare module 'express-serve-static-core' {
  interface Request {
    /** The API token this request was made with. */
    apiToken?: ApiToken
  }
}

/** Requests a minute from one address with tokens that are none. */
const WRONG_MOST = 20

/**
 * Takes the token for the identity of the request. A cookie that comes with it counts for nothing: the rules against
 * forms of other sites are for cookies, and no other site can send this header. @throws HttpProblem 401, 429, 503
 */
export function bearer(context: Context): RequestHandler {
  const limitWrong = limitedByAddress(WRONG_MOST)
  const limitToken = limitedBy(context, 'token', ({ apiToken }) => apiToken?.id ?? '')
  return async (req, res, next) => {
    const word = bearerOf(req)
    if (word === undefined || (!isApiToken(word) && !wantsJson(req))) return next()
    const token = await context.apiTokens.find(word)
    if (!token) {
      res.set('WWW-Authenticate', 'Bearer error="invalid_token"')
      return limitWrong(req, res, (error: unknown) => next(error ?? wrongToken()))
    }
    delete req.headers.cookie
    req.apiToken = token
    req.identity = await identityOf(context, token)
    await context.apiTokens.noteUse(token.id).catch(() => {}) // the next use notes it
    limitToken(req, res, next)
  }
}

/** Where people sign in it may no more than who made it may. @throws StoreError */
async function identityOf({ people, signIn }: Context, token: ApiToken): Promise<Identity> {
  const about = { owner: token.owner, name: `the token ${describeToken(token)}` }
  const [now] = signIn ? await people.rolesNow([token], signIn.settings.awayDays) : []
  if (!now) return { ...about, roles: [token.role] }
  const { role, why } = now
  return { ...about, roles: role ? [role] : [], ...(why !== undefined && { why }) }
}

/** The word after "Bearer" (RFC 6750 section 2.1). Of a browser it is the proxy's in front, not ours. */
function bearerOf(req: Request): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(req.get('authorization') ?? '')?.[1]
}

function wrongToken(): HttpProblem {
  return new HttpProblem({
    code: 'E-TOKEN',
    status: 401,
    heading: 'This API token is none',
    text: 'It was mistyped, revoked, or has ended. Make another one on the page API tokens.',
  })
}
