// The connect route: stores an authorization request, then sends the person to the vendor.
import { type Request, type Response, Router } from 'express'
import { beginAuthorization } from '../../access/begin-authorization.ts'
import type { Context } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { awaitSessionCheck, SessionReplaced } from '../../session/session.ts'
import { resultOf } from '../../sync/intent.ts'
import { traced } from '../../trace.ts'
import { questionsOf, type Values } from '../../vendors/values.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { formField } from '../http/bodies.ts'
import { needs } from '../http/needs.ts'
import { intentConnectPath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect } from '../http/return-to.ts'
import { accessNeeded, wantsJson } from '../http/script-callers.ts'
import { askedAgain, knownValues, readValues } from '../page/asked-values.ts'
import type { AskedField } from '../page/view-models.ts'
import { type AccessRequest, campaignAccess, connectPage, runAccess } from './access-request.ts'
import { showKeyForm } from './api-key.ts'
import type { ConnectPage } from './view-models.ts'

export function connectRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const limit = limited(context, 'connect')

  router.get('/connect/:vendor/:id', needs('sender'), limit, async (req, res) => {
    const access = await campaignAccess(context, req, req.query.intent)
    await connect(context, req, res, access).catch((error: unknown) => {
      if (!(error instanceof SessionReplaced)) throw error
      redirect(res, 303, addressOf(access, req))
    })
  })

  router.get('/connect/:vendor/run/:id', needs('sender'), limit, async (req, res) => {
    await connect(context, req, res, await runAccess(context, req))
  })

  router.post('/connect/:vendor/:id/values', needs('sender'), limit, async (req, res) => {
    const intent = formField(req, 'intent')
    await connectAs(context, req, res, await campaignAccess(context, req, intent))
  })

  router.post('/connect/:vendor/run/:id/values', needs('sender'), limit, async (req, res) => {
    await connectAs(context, req, res, await runAccess(context, req))
  })

  return router
}

/** The connect route again; the next request reads the session first. */
function addressOf({ path, intent, referrer }: AccessRequest, req: Request): string {
  const query = new URLSearchParams({
    ...(intent ? { intent: intent.id } : { back: referrer }),
    ...(wantsOther(req) && { account: 'other' }),
    ...(req.query.continue === '1' && { continue: '1' }),
  })
  return query.size > 0 ? `${path}?${query}` : path
}

/** The vendor is to let the person choose the account, whoever is signed in there. */
function wantsOther(req: Request): boolean {
  return req.query.account === 'other'
}

/** @throws HttpProblem 409 for a caller that is not a browser window; SessionReplaced, nothing having begun */
async function connect(
  context: Context,
  req: Request,
  res: Response,
  access: AccessRequest,
): Promise<void> {
  const { vendor, intent } = access
  const isKey = vendor.client.auth === 'key'
  const values = isKey ? undefined : await knownValues(context, access.owner, vendor)
  if (values && !wantsJson(req) && !(await needsExplanation(context, req, access)))
    return begin(context, req, res, access, values)
  await awaitSessionCheck(req.session.sessionCheck)
  if (wantsJson(req)) {
    const path = intent ? intentConnectPath(intent) : access.path
    throw accessNeeded(vendor, context.config.publicUrl + path)
  }
  if (!isKey) return explain(context, req, res, access, values ? [] : questionsOf(vendor))
  const isRefused = intent !== undefined && resultOf(intent)?.kind === 'refused'
  await showKeyForm(context, req, res, access, isRefused)
}

/** The form with what only the person knows (their shop, their subdomain) was sent. */
async function connectAs(
  context: Context,
  req: Request,
  res: Response,
  access: AccessRequest,
): Promise<void> {
  const { vendor } = access
  if (vendor.client.auth === 'key' || questionsOf(vendor).length === 0) throw notFound()
  const values = readValues(vendor, req.body)
  if (values) return begin(context, req, res, access, values)
  res.status(422)
  await explain(context, req, res, access, askedAgain(vendor, req.body))
}

async function begin(
  context: Context,
  req: Request,
  res: Response,
  { owner, vendor, subject, referrer, intent }: AccessRequest,
  values: Values,
): Promise<void> {
  const { connected, sessionCheck } = req.session
  const purpose = { intent: intent?.id, referrer, unconnected: !connected, values }
  const about = { vendor: vendor.id, subject, intent: intent?.id }
  const url = await traced('authorization.request', about, () =>
    beginAuthorization(context, { owner, vendor, subject }, purpose, {
      sessionCheck,
      otherAccount: wantsOther(req),
    }),
  )
  req.log.info({ vendor: vendor.id, subject, intent: intent?.id }, 'authorization.started')
  redirect(res, req.method === 'POST' ? 303 : 302, url)
}

/**
 * The first authorization of a browser, or of who has signed in, is explained before, and so is each that a link on another site began: somebody
 * may have pressed Sync with a planted cookie. Only browsers say that a document is opened; others are sent on at once.
 */
async function needsExplanation(
  { tokens }: Context,
  req: Request,
  { owner }: AccessRequest,
): Promise<boolean> {
  if (req.get('sec-fetch-dest') !== 'document') return false
  if (req.get('sec-fetch-site') === 'cross-site') return true
  if (req.query.continue === '1') return false
  if (!req.session.connected) return true
  // A sign-in has changed the session's id already, and says nothing of access.
  return req.session.signIn !== undefined && !(await tokens.hasHadAccess(owner))
}

async function explain(
  context: Context,
  req: Request,
  res: Response,
  access: AccessRequest,
  asked: AskedField[] = [],
): Promise<void> {
  const { vendor, intent, path, referrer } = access
  const page = await connectPage(context, req, res, access)
  const purpose: Record<string, string> = intent ? { intent: intent.id } : { back: referrer }
  const other: Record<string, string> = wantsOther(req) ? { account: 'other' } : {}
  const query = new URLSearchParams({ ...purpose, ...other, continue: '1' })
  const model: ConnectPage = {
    ...page,
    permissions: vendor.authorize.permissions,
    ...fixedMinutes(vendor),
    asked,
    proceed: {
      label: `Continue to ${vendor.name}`,
      primary: true,
      ...(asked.length === 0
        ? { href: `${path}?${query}` }
        : {
            post: `${path}/values`,
            fields: { ...(intent && { intent: intent.id }), referrer: page.path },
          }),
    },
  }
  res.render('connect', model)
}

/** How long access will last, where the vendor's file says it for certain; else only the grant tells. */
function fixedMinutes({ token }: Vendor): Pick<ConnectPage, 'minutes'> {
  const seconds = token.response.lifetime
  return seconds === undefined ? {} : { minutes: Math.floor(seconds / 60) }
}
