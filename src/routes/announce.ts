// Carries "what just happened" over a redirect: one short cookie for each page that is returned to.
import { createHash } from 'node:crypto'
import type { Request, Response } from 'express'

const SECONDS = 60
const ACCESS = 'access:'

/** What a page tells, once: how an intent ended, or that access for a subject at a vendor was given. */
export type News = { intent: string } | { vendor: string; subject: string }

/** Lets `page` say, once and within a minute, how `intent` ended. No secret: the intent is read with its owner. */
export function announce(req: Request, res: Response, page: string, intent: string): void {
  res.cookie(cookieFor(req, page), intent, { ...options(req), maxAge: SECONDS * 1000 })
}

/** Lets `page` say, once, that access was given where nothing waited for it. */
export function announceAccess(
  req: Request,
  res: Response,
  page: string,
  vendor: string,
  subject: string,
): void {
  announce(req, res, page, `${ACCESS}${vendor}:${subject}`)
}

/** What to tell about on this page, if there is something; it is told once. */
export function announced(req: Request, res: Response, page: string): News | undefined {
  const name = cookieFor(req, page)
  const value = new RegExp(`(?:^|; )${name}=([\\w%-]{1,160})(?:;|$)`).exec(req.headers.cookie ?? '')?.[1]
  if (value === undefined) return undefined
  res.clearCookie(name, options(req))
  const [, vendor, subject] = /^access%3A([a-z0-9-]+)%3A([\w%-]+)$/.exec(value) ?? []
  if (vendor === undefined || subject === undefined) return { intent: value }
  return { vendor, subject: subject.replaceAll('%3A', ':') }
}

function cookieFor(req: Request, page: string): string {
  return `${req.secure ? '__Host-' : ''}ended-${createHash('sha256').update(page).digest('hex').slice(0, 10)}`
}

function options(req: Request) {
  return { httpOnly: true, sameSite: 'lax' as const, secure: req.secure, path: '/' }
}
