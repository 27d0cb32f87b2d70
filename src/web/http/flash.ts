// Carries "what just happened" over a redirect: one short cookie for each page that is returned to.
import type { Request, Response } from 'express'
import { fingerprint } from '../../store/stored-text.ts'

const SECONDS = 60

/** Lets `page` show the result of `intent` once, within a minute. The id is no secret: intents are read by owner. */
export function setFlash(req: Request, res: Response, page: string, intent: string): void {
  res.cookie(cookieFor(req, page), intent, { ...options(req), maxAge: SECONDS * 1000 })
}

/** The intent whose result this page is to show, if any; clears the cookie. */
export function takeFlash(req: Request, res: Response, page: string): string | undefined {
  const name = cookieFor(req, page)
  const intent = new RegExp(`(?:^|; )${name}=([\\w-]{1,64})(?:;|$)`).exec(
    req.headers.cookie ?? '',
  )?.[1]
  if (intent !== undefined) res.clearCookie(name, options(req))
  return intent
}

function cookieFor(req: Request, page: string): string {
  return `${req.secure ? '__Host-' : ''}ended-${fingerprint(page).slice(0, 10)}`
}

function options(req: Request) {
  return { httpOnly: true, sameSite: 'lax' as const, secure: req.secure, path: '/' }
}
