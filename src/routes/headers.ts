// Security headers of every answer.
import type { HelmetOptions } from 'helmet'
import type { Config } from '../config.ts'
import { fill } from '../vendors/template.ts'

/**
 * No inline script or style, nothing from elsewhere. A sync is one chain of redirects from our form to the vendor,
 * and Chromium holds `form-action` against every step of it, so that names https: and each http vendor on this machine.
 */
export function securityHeaders({ publicUrl, vendors }: Config): HelmetOptions {
  const secure = publicUrl.startsWith('https:')
  const authorizeOrigins = vendors
    .filter(({ client }) => client.auth !== 'key')
    .map(({ authorize, values }) => new URL(fill(authorize.url, values)).origin)
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
