// Validates the authorization response (RFC 6749 §4.1.2) before its code is used.
import * as oauth from 'oauth4webapi'
import type { Vendor } from '../vendors/vendor.ts'
import { CallbackError, vendorMessage } from './errors.ts'
import { authorizationServer, client } from './server.ts'

const MAX_CODE = 4096

/** Renames code, state and error to the standard names; none may repeat (RFC 6749 §3.1). @throws CallbackError */
export function callbackParameters(
  vendor: Vendor,
  url: string,
): URLSearchParams & { state: string } {
  const query = url.indexOf('?')
  const parameters = new URLSearchParams(query < 0 ? '' : url.slice(query))
  const names = [...parameters.keys()]
  const repeated = names.length !== new Set(names).size
  for (const [standard, name] of Object.entries(vendor.callback)) {
    if (name === standard) continue
    const value = parameters.get(name)
    parameters.delete(standard)
    if (value !== null) parameters.set(standard, value)
  }
  const state = parameters.get('state') ?? ''
  if (repeated || names.length > 20 || !/^[\x21-\x7e]{1,512}$/.test(state))
    throw new CallbackError('malformed', 'repeated, missing or malformed parameters')
  return Object.assign(parameters, { state })
}

/**
 * Checks `iss` (RFC 9207), state and `error`, in that order. Returns parameters that are safe to exchange.
 * @throws CallbackError 'denied' when the person said no, 'setup' or 'vendor' for other errors, else 'malformed'
 */
export function validateCallback(
  vendor: Vendor,
  parameters: URLSearchParams,
  state: string,
): URLSearchParams {
  const known = new URLSearchParams(parameters)
  if (vendor.authorize.issuer === undefined) known.delete('iss')
  for (const hybrid of ['id_token', 'token', 'response']) known.delete(hybrid)
  try {
    const valid = oauth.validateAuthResponse(
      authorizationServer(vendor),
      client(vendor),
      known,
      state,
    )
    const code = valid.get('code') ?? ''
    if (!/^[\x20-\x7e]+$/.test(code) || code.length > MAX_CODE)
      throw new CallbackError('malformed', 'no code')
    return valid
  } catch (error) {
    throw error instanceof oauth.AuthorizationResponseError
      ? refused(vendor, error)
      : malformed(error)
  }
}

/** RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6. */
const DENIED = ['access_denied', 'consent_required']
const SETUP = [
  'unauthorized_client',
  'invalid_request',
  'unsupported_response_type',
  'invalid_scope',
  'invalid_client',
]

function refused({ authorize }: Vendor, error: oauth.AuthorizationResponseError): CallbackError {
  if ([...DENIED, ...authorize.denied].includes(error.error))
    return new CallbackError('denied', error.error)
  const said = vendorMessage({ error: error.error, error_description: error.error_description })
  return SETUP.includes(error.error)
    ? new CallbackError('setup', error.error, undefined, said)
    : new CallbackError('vendor', 'the vendor answered with an error', undefined, said)
}

function malformed(error: unknown): CallbackError {
  return error instanceof CallbackError
    ? error
    : new CallbackError('malformed', 'not this vendor’s answer', error)
}
