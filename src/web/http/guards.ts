// What is refused before any route: unknown methods, forms of other sites, prefetches, wrong host names.
import type { RequestHandler } from 'express'
import { badRequest, crossSite } from '../../errors.ts'
import { redirect } from './return-to.ts'

/** Of the way to the vendor and back: what is asked for there may be used up. */
export const ONE_TIME_PATHS =
  /^\/(?:oauth|connect)\/|^\/signin(?:\/|$)|^\/session\/|^\/campaigns\/[^/]+\/sync/

/** Browsers send fewer headers than this. */
const MOST_HEADERS = 100

/** Too many headers, several hosts (a proxy may read another), an unknown coding. HTTP/1.0 health checks have no host. */
export const soundHeaders: RequestHandler = (req, res, next) => {
  const isTooMany = req.rawHeaders.length > 2 * MOST_HEADERS
  const isPlain = /^chunked$/i.test(req.headers['transfer-encoding'] ?? 'chunked')
  const hosts = req.headersDistinct.host?.length ?? 0
  const isHost = hosts === 1 || (hosts === 0 && req.httpVersion === '1.0')
  if (!isTooMany && isPlain && isHost) return next()
  res
    .set('Connection', 'close')
    .status(isTooMany ? 431 : 400)
    .end()
}

/** Refuses unknown methods, and HEAD where it would run the handler of a GET that uses something up. */
export const knownMethods: RequestHandler = (req, res, next) => {
  const isOneTime = ONE_TIME_PATHS.test(req.path)
  const allowed = isOneTime ? ['GET', 'POST'] : ['GET', 'HEAD', 'POST']
  if (allowed.includes(req.method)) return next()
  res.set('Allow', allowed.join(', ')).status(405).end()
}

/**
 * Unsafe methods only from our own pages: by Sec-Fetch-Site, where a browser has none by Origin, else by Referer. A
 * request with an API token has no cookie that another site could use.
 */
export function sameSite(publicUrl: string): RequestHandler {
  return (req, _res, next) => {
    if (req.apiToken !== undefined) return next()
    if (req.method === 'GET' || req.method === 'HEAD' || req.method === 'OPTIONS') return next()
    const site = req.get('sec-fetch-site')
    const origin = req.get('origin')
    const referer = site === undefined ? req.get('referer') : undefined
    const from = origin ?? (referer ? (URL.parse(referer)?.origin ?? referer) : undefined)
    // 'null' is what a page without a referrer sends, so it says nothing; the name we are asked by is no proof either.
    const isOurs = from === publicUrl || (site && from === 'null') || from === undefined
    const isSame = site === undefined || site === 'same-origin' || site === 'none'
    next(isOurs && isSame ? undefined : crossSite())
  }
}

/** Prefetches and previews must not use anything up: they get an empty response. */
export const noPrefetch: RequestHandler = (req, res, next) => {
  const purpose = `${req.get('sec-purpose') ?? ''} ${req.get('purpose') ?? ''} ${req.get('x-moz') ?? ''}`
  if (!/prefetch|prerender|preview/i.test(purpose)) return next()
  res.status(503).end()
}

/** Redirects from the other names of this machine to that of PUBLIC_URL, because browsers keep cookies by name. */
export function onPublicHost(publicUrl: string): RequestHandler {
  const { host, hostname, port } = new URL(publicUrl)
  const names = ['localhost', '127.0.0.1', '[::1]'].filter((name) => name !== hostname)
  const others = names.length === 2 ? names.map((name) => (port ? `${name}:${port}` : name)) : []
  return (req, res, next) => {
    const asked = req.headers.host ?? host
    if (req.method !== 'GET' || !others.includes(asked) || !/^\/(?![/\\])/.test(req.originalUrl))
      return next()
    redirect(res, 302, publicUrl + req.originalUrl)
  }
}

/** Refuses a body that was not parsed or is not UTF-8: as an empty form it would count as a press. */
export const onlyForms: RequestHandler = (req, _res, next) => {
  const {
    'content-length': length = '0',
    'transfer-encoding': chunked,
    'content-type': type = '',
  } = req.headers
  const isForeign = /charset/i.test(type) && !/charset\s*=\s*("?)utf-8\1\s*(;|$)/i.test(type)
  const isEmpty = length === '0' && chunked === undefined
  if (isEmpty || (req.body !== undefined && !isForeign)) return next()
  next(badRequest('Only forms and JSON are read here. Open the campaign and press Sync.'))
}
