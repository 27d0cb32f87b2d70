// The way back to a page: which one, by allow-list, when it is stored and again when used; and what it then shows once.
import type { Request, Response } from 'express'
import { fingerprint } from '../../store/stored-text.ts'
import { formField } from './bodies.ts'
import { listPath, listQuery } from './paths.ts'

/** Our pages, spelled out: nothing a browser could read as another host, no connect or callback route, no encoded path. */
const OUR_PAGE =
  /^\/(?:campaigns(?:\/[A-Za-z0-9_-]{1,64})?|runs(?:\/[A-Za-z0-9_-]{1,64})?|connections)(?:\?[A-Za-z0-9_=&%+.~-]{0,3000})?$/

/** The path and query of one of our pages, given as such or as an absolute URL of ours; undefined for all else. */
export function ourPage(candidate: unknown, publicUrl: string): string | undefined {
  if (typeof candidate !== 'string') return undefined
  const path = candidate.startsWith(`${publicUrl}/`) ? candidate.slice(publicUrl.length) : candidate
  return OUR_PAGE.test(path) ? path : undefined
}

/** What may follow an origin: nothing that a browser could read otherwise than we do. */
const OUTSIDE_PATH = /^\/(?!\/)[A-Za-z0-9_=&%+.~?/-]{0,1000}$/

/** A page of another system whose origin the setting RETURN_TO has; undefined for all else. */
export function outsidePage(candidate: unknown, origins: readonly string[]): string | undefined {
  if (typeof candidate !== 'string') return undefined
  const isAllowed = (origin: string) =>
    candidate.startsWith(`${origin}/`) && OUTSIDE_PATH.test(candidate.slice(origin.length))
  return origins.some(isAllowed) ? candidate : undefined
}

/** A path of this app, to come back to after a sign-in: any but those of the sign-in itself. */
const AFTER_SIGN_IN = /^\/(?!signin(?:[/?]|$))(?:[\w-][\w/.-]*)?(?:\?[\w=&%+.~:/-]{0,2000})?$/

/** Undefined for all that is not such a path, whoever put it there. */
export function signInReturn(candidate: unknown): string | undefined {
  if (typeof candidate !== 'string') return undefined
  const [path = ''] = candidate.split('?')
  return AFTER_SIGN_IN.test(candidate) && !path.includes('//') ? candidate : undefined
}

export function runOfPage(page: string): string | undefined {
  return /^\/runs\/([\w-]{22})$/.exec(page)?.[1]
}

/** The page a form was on: its `referrer` field, else the Referer header, else `fallback`. */
export function referrerOf(req: Request, publicUrl: string, fallback: string): string {
  const named = formField(req, 'referrer')
  const from = req.get('referer')
  return (
    ourPage(named, publicUrl) ?? ourPage(from, publicUrl) ?? listAt(from, publicUrl) ?? fallback
  )
}

/** The list's own address for the state in a Referer: a browser's query may have characters that ours never has. */
function listAt(referer: string | undefined, publicUrl: string): string | undefined {
  const url = referer === undefined ? null : URL.parse(referer)
  if (url?.origin !== publicUrl || url.pathname !== '/campaigns') return undefined
  return ourPage(listPath(listQuery({ query: Object.fromEntries(url.searchParams) })), publicUrl)
}

/** Sends no body: express would negotiate a content type for one, which costs more than the rest of the response. */
export function redirect(res: Response, status: 302 | 303 | 307, location: string): void {
  res.status(status).location(location).end()
}

const SECONDS = 60

/**
 * Lets `page` show `news` once, within a minute: the result of an intent, by its id, or a connection message. Neither is
 * a secret: intents are read by owner, and a message names a vendor only.
 */
export function setFlash(req: Request, res: Response, page: string, news: string): void {
  res.cookie(cookieFor(req, page), news, { ...options(req), maxAge: SECONDS * 1000 })
}

/** What this page is to show, if anything: the id of an intent, or a connection message. Clears the cookie. */
export function takeFlash(req: Request, res: Response, page: string): string | undefined {
  const name = cookieFor(req, page)
  const news = new RegExp(`(?:^|; )${name}=([\\w-]{1,64})(?:;|$)`).exec(
    req.headers.cookie ?? '',
  )?.[1]
  if (news !== undefined) res.clearCookie(name, options(req))
  return news
}

function cookieFor(req: Request, page: string): string {
  return `${req.secure ? '__Host-' : ''}ended-${fingerprint(page).slice(0, 10)}`
}

function options(req: Request) {
  return { httpOnly: true, sameSite: 'lax' as const, secure: req.secure, path: '/' }
}
