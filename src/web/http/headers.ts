// Security headers of every response.
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { RequestHandler } from 'express'
import helmet, { type HelmetOptions } from 'helmet'
import type { Config } from '../../config/config.ts'
import { fill } from '../../vendors/template.ts'

/** Helmet's headers are the same for every response, so they are computed once, and again when the vendors change. */
export function securityHeaders(config: Config): RequestHandler {
  let { vendors } = config
  let fixed = headersOf(config)
  return (_req, res, next) => {
    if (vendors !== config.vendors) fixed = headersOf(config)
    vendors = config.vendors
    res.setHeaders(fixed)
    next()
  }
}

function headersOf(config: Config): Map<string, string> {
  const nobody = new ServerResponse(new IncomingMessage(new Socket()))
  helmet(options(config))(nobody.req, nobody, () => {})
  return new Map(Object.entries(nobody.getHeaders() as Record<string, string>))
}

export const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}

/**
 * No inline script or style, nothing from elsewhere. A sync is one chain of redirects from our form to the vendor,
 * and Chromium holds `form-action` against every step of it, so that names https: and each http vendor on this machine.
 */
function options({ publicUrl, returnTo, signIn, vendors }: Config): HelmetOptions {
  const secure = publicUrl.startsWith('https:')
  const authorizeOrigins = vendors
    .filter(({ client }) => client.auth !== 'key')
    .flatMap(({ authorize, values }) => URL.parse(fill(authorize.url, values))?.origin ?? [])
  authorizeOrigins.push(...returnTo)
  if (signIn) authorizeOrigins.push(signIn.issuer.origin)
  const plainOrigins = authorizeOrigins.filter((origin) => origin.startsWith('http:'))
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'", 'https:', ...new Set(plainOrigins)],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'same-origin' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: secure && { maxAge: 31_536_000, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  }
}
