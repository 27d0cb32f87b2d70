// Who may use Acme's API: bearer tokens and their refusals, as RFC 6750 section 3 says.
import type { RequestHandler, Response } from 'express'
import type { Provider } from './oidc-provider.ts'

/** Lets a request pass with a good token that has the scope; its account is then in `res.locals.account`. */
export function bearer(provider: Provider, scope?: string): RequestHandler {
  return async (req, res, next) => {
    const value = /^Bearer +([\w.~+/-]+=*) *$/i.exec(req.get('authorization') ?? '')?.[1]
    if (value === undefined) {
      res.set('WWW-Authenticate', 'Bearer realm="acme"')
      return sendError(res, 401, 'unauthorized', 'Send an access token.')
    }
    const token = await provider.AccessToken.find(value)
    if (!token?.isValid) return sendInvalidToken(res)
    if (scope !== undefined && !token.scopes.has(scope)) {
      res.set(
        'WWW-Authenticate',
        `Bearer realm="acme", error="insufficient_scope", scope="${scope}"`,
      )
      return sendError(res, 403, 'insufficient_scope', `The access token does not allow ${scope}.`)
    }
    res.locals.account = token.accountId
    next()
  }
}

/** 401 for a token that was good once, or never. */
export function sendInvalidToken(res: Response): void {
  const description = 'The access token is expired, revoked or unknown.'
  res.set(
    'WWW-Authenticate',
    `Bearer realm="acme", error="invalid_token", error_description="${description}"`,
  )
  sendError(res, 401, 'invalid_token', description)
}

/** The API's one shape for what went wrong. */
export function sendError(res: Response, status: number, code: string, message: string): void {
  res.status(status).json({ error: { code, message } })
}
