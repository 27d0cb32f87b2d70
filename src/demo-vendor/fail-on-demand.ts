// Failures of the authorization server, as set on the control panel.
import type { RequestHandler } from 'express'
import type { Controls } from './controls.ts'

type Settings = { publicUrl: string; redirectUris: string[] }

/** Fails a token request as the panel says, with an error of RFC 6749 §5.2. */
export function failTokens(controls: Controls): RequestHandler {
  return (_req, res, next) => {
    const failure = controls.takeTokenFailure()
    if (failure === null) return next()
    if (failure === '500')
      return res
        .status(500)
        .json({ error: 'server_error', error_description: 'Something broke at Acme Ads.' })
    const description = 'The panel asked for it.'
    res
      .status(failure === 'invalid_client' ? 401 : 400)
      .json({ error: failure, error_description: description })
  }
}

/** Authorizations: the person is sent straight back with an error. Only to an address of the app. */
export function failAuthorizations(
  controls: Controls,
  { publicUrl, redirectUris }: Settings,
): RequestHandler {
  return (req, res, next) => {
    const { redirect_uri: uri, state } = req.query
    if (typeof uri !== 'string' || typeof state !== 'string' || !redirectUris.includes(uri))
      return next()
    const error = controls.takeAuthorizeFailure()
    if (error === null) return next()
    res.redirect(303, `${uri}?${new URLSearchParams({ error, state, iss: publicUrl })}`)
  }
}
