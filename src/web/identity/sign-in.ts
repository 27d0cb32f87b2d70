// Signing in at the company's own sign-in. Its states, cookie and callback are apart from those of vendors.
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { type Action, notFound } from '../../errors.ts'
import type { SignIn } from '../../identity/provider.ts'
import { SIGN_IN_SECONDS } from '../../identity/signed-in.ts'
import { newId } from '../../session/session.ts'
import { needs } from '../http/needs.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect, signInReturn } from '../http/return-to.ts'
import { commonPage } from '../page/page.ts'
import type { Page } from '../page/view-models.ts'
import { logoutReceiver } from './backchannel-logout.ts'
import { finishSignIn } from './finish-sign-in.ts'
import { issuerAway, staleSignIn } from './problems.ts'

const FIRST_PAGE = '/campaigns'
const returnSchema = z.object({ return: z.string() })
const stateSchema = z.object({ state: z.string().max(200) })

export function signInRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const limit = limited(context, 'signin')
  const receiveLogout = logoutReceiver()
  const of = (signIn: SignIn | undefined) => {
    if (!signIn) throw notFound()
    return signIn
  }

  router.get('/signin', needs('anybody'), limit, (req, res) =>
    signIn(context, of(context.signIn), req, res),
  )
  router.get('/signin/callback', needs('anybody'), limit, (req, res) =>
    receiveCallback(context, of(context.signIn), req, res),
  )

  router.post('/signin/backchannel-logout', needs('anybody'), (req, res) =>
    receiveLogout(context, of(context.signIn), req, res),
  )

  return router
}

/** With a page to return to it goes on at once; without one, as after a sign-out, it waits for the button. */
async function signIn(
  context: Context,
  provider: SignIn,
  req: Request,
  res: Response,
): Promise<void> {
  const { data } = returnSchema.safeParse(req.query)
  const page = signInReturn(data?.return)
  const isIn = req.identity !== undefined && req.identity.roles.length > 0
  if (isIn) return redirect(res, 302, page ?? FIRST_PAGE)
  if (page === undefined) return showSignIn(context, provider, req, res)
  const request = await provider.begin().catch((error: unknown) => {
    throw issuerAway(error)
  })
  const browser = browserOf(req) ?? newId()
  const { state, nonce, verifier, url } = request
  await context.signInRequests.create(browser, state, { nonce, verifier, page })
  res.cookie(cookieNameOf(req), browser, { ...options(req), maxAge: SIGN_IN_SECONDS * 1000 })
  redirect(res, 302, url.href)
}

async function showSignIn(
  context: Context,
  { settings }: SignIn,
  req: Request,
  res: Response,
): Promise<void> {
  const page = await commonPage(context, req, res, { title: 'Sign in', path: FIRST_PAGE })
  const go = { label: 'Sign in', href: `/signin?return=${encodeURIComponent(FIRST_PAGE)}` }
  const model: SignInPage = {
    ...page,
    issuer: settings.issuer.host,
    action: { ...go, primary: true },
    withoutRole: req.identity?.name,
  }
  res.render('sign-in', model)
}

/** A copy of a callback that has done its work finds its person signed in. @throws HttpProblem */
async function receiveCallback(
  context: Context,
  provider: SignIn,
  req: Request,
  res: Response,
): Promise<void> {
  const { data } = stateSchema.safeParse(req.query)
  const browser = browserOf(req)
  const request =
    data && browser !== undefined
      ? await context.signInRequests.consume(browser, data.state)
      : undefined
  if (request === undefined || data === undefined) {
    if (req.identity && req.identity.roles.length > 0) return redirect(res, 302, FIRST_PAGE)
    throw staleSignIn()
  }
  await finishSignIn(context, provider, req, { ...request, state: data.state })
  res.clearCookie(cookieNameOf(req), options(req))
  redirect(res, 303, signInReturn(request.page) ?? FIRST_PAGE)
}

function browserOf(req: Request): string | undefined {
  const pattern = new RegExp(`(?:^|; )${cookieNameOf(req)}=([\\w-]{43})(?:;|$)`)
  return pattern.exec(req.headers.cookie ?? '')?.[1]
}

function cookieNameOf(req: Request): string {
  return `${req.secure ? '__Host-' : ''}campaign-sync-signin`
}

function options(req: Request) {
  return { httpOnly: true, sameSite: 'lax' as const, secure: req.secure, path: '/' }
}

interface SignInPage extends Page {
  /** The host of the company's sign-in. */
  issuer: string
  action: Action
  /** Somebody who is signed in and holds no role. */
  withoutRole?: string | undefined
}
