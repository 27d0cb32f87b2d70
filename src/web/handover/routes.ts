// Hand-overs: the link that a script was given is opened by a person, approved by a form, and finished after the vendor.
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { beginAuthorization } from '../../access/begin-authorization.ts'
import type { Handover } from '../../access/handovers.ts'
import { revokeOnFailure } from '../../access/revoke-unused.ts'
import type { Context } from '../../context.ts'
import { badRequest, HttpProblem } from '../../errors.ts'
import { revokeTokens } from '../../oauth/revoke.ts'
import { ownerIfAny, ownerOf } from '../../session/session.ts'
import type { Values } from '../../vendors/values.ts'
import { recordDone } from '../http/acts.ts'
import { needs } from '../http/needs.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect } from '../http/return-to.ts'
import { wantsJson } from '../http/script-callers.ts'
import { askedAgain, readValues } from '../page/asked-values.ts'
import { bannerOf } from '../page/sync-messages.ts'
import { resumeApproved } from '../sync/perform-sync.ts'
import { reportDenial } from './callback.ts'
import { aboutOf, receiveKey, storeForOwner } from './grant.ts'
import {
  type Asked,
  askedOf,
  checkMayApprove,
  checkUsable,
  handoverPath,
  unknownLink,
} from './open.ts'
import { showConfirmation, showEnd, showQuestion } from './pages.ts'

const secretSchema = z.string().regex(/^[\w-]{43}$/)
const pressSchema = z.object({
  handover: secretSchema,
  refuse: z.literal('1').optional(),
  key: z.string().optional(),
})
const choiceSchema = z.object({ choice: z.enum(['use', 'refuse', 'again']) })

export function handoverRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const limit = limited(context, 'connect')

  router.get(
    ['/connect/:vendor/:id', '/connect/:vendor/run/:id'],
    needs('sender'),
    (req, _res, next) => next(req.query.handover === undefined ? 'route' : undefined),
    limit,
    (req: Request, res: Response) => openLink(context, req, res),
  )
  router.post('/handover', needs('sender'), limit, (req, res) => press(context, req, res))
  router.get('/handover/:id', needs('sender'), limit, (req, res) => showStanding(context, req, res))
  router.post('/handover/:id', needs('sender'), limit, (req, res) => choose(context, req, res))

  return router
}

/** Shows what is to be approved, however often it is opened: a preview or a scanner uses nothing up. */
async function openLink(context: Context, req: Request, res: Response): Promise<void> {
  const { data: secret } = secretSchema.safeParse(req.query.handover)
  const browser = ownerIfAny(req)
  const handover = checkUsable(await find(context, secret), browser)
  checkMayApprove(req, handover)
  const asked = await askedOf(context, handover)
  if (wantsJson(req)) throw forBrowsers(asked)
  if (handover.owner === browser) return redirect(res, 303, asked.ownPath)
  await showQuestion(context, req, res, asked, secret ?? '')
}

async function find(context: Context, secret: string | undefined): Promise<Handover | undefined> {
  return secret === undefined ? undefined : context.handovers.find(secret)
}

function forBrowsers({ vendor }: Asked): HttpProblem {
  return new HttpProblem({
    code: 'E-HANDOVER',
    status: 406,
    heading: 'A person has to open this',
    text: `Open it in a browser: only there can somebody approve at ${vendor.name}.`,
  })
}

/** The button: this browser alone goes on with it, to the vendor. */
async function press(context: Context, req: Request, res: Response): Promise<void> {
  const { data: form } = pressSchema.safeParse(req.body)
  if (!form) throw unknownLink()
  const browser = await ownerOf(req)
  const found = checkUsable(await context.handovers.find(form.handover), browser)
  checkMayApprove(req, found)
  const asked = await askedOf(context, found)
  if (found.owner === browser) return redirect(res, 303, asked.ownPath)
  const values = readValues(asked.vendor, req.body)
  const handover = await begin(context, found, browser, values)
  if (form.refuse) return refuse(context, req, res, handover)
  const isKey = asked.vendor.client.auth === 'key'
  if (values && !isKey) return toVendor(context, req, res, { ...asked, handover }, browser)
  if (values && (await receiveKey(context, req, handover, form.key, values)))
    return redirect(res, 303, handoverPath(handover))
  res.status(422)
  await showQuestion(context, req, res, asked, form.handover, {
    fields: askedAgain(asked.vendor, req.body),
    isKeyRefused: isKey && values !== undefined,
  })
}

/** @throws HttpProblem 403 when another browser was faster */
async function begin(
  context: Context,
  found: Handover,
  browser: string,
  values: Values | undefined,
): Promise<Handover> {
  const isSaid = values !== undefined && Object.keys(values).length > 0
  if (found.by === browser && !isSaid) return found
  const said = isSaid ? { values } : {}
  const begun = await context.handovers.change(found, { state: 'begun', by: browser, ...said })
  if (begun) return begun
  const other = checkUsable(await context.handovers.read(found.id), browser)
  return begin(context, other, browser, values)
}

async function toVendor(
  context: Context,
  req: Request,
  res: Response,
  { handover, vendor }: Asked,
  browser: string,
): Promise<void> {
  const { id, subject, values } = handover
  const unconnected = !req.session.connected
  const purpose = { referrer: handoverPath(handover), handover: id, unconnected, values }
  const tokenKey = { owner: browser, vendor, subject }
  const url = await beginAuthorization(context, tokenKey, purpose)
  req.log.info({ vendor: vendor.id, subject, handover: id }, 'handover.begun')
  redirect(res, 303, url)
}

async function refuse(
  context: Context,
  req: Request,
  res: Response,
  handover: Handover,
): Promise<void> {
  await context.handovers.change(handover, { state: 'refused', choice: undefined })
  await recordDone(context, req, 'access.refused', aboutOf(handover))
  await reportDenial(context, handover)
  req.log.info({ handover: handover.id }, 'handover.refused')
  redirect(res, 303, handoverPath(handover))
}

/** @throws HttpProblem 404 for another browser than the one it was begun in, 403 for who may approve no longer */
async function ofThisBrowser(context: Context, req: Request): Promise<Handover> {
  const id = String(req.params.id)
  const handover = /^[\w-]{22}$/.test(id) ? await context.handovers.read(id) : undefined
  const browser = ownerIfAny(req)
  if (!handover || browser === undefined || handover.by !== browser) throw unknownLink()
  checkMayApprove(req, handover)
  return handover
}

/** After the vendor: asks once more where that is needed; else finishes what waited, and says how it ended. */
async function showStanding(context: Context, req: Request, res: Response): Promise<void> {
  const handover = await ofThisBrowser(context, req)
  const { owner, choice, state } = handover
  const vendor = context.config.vendors.find(({ id }) => id === handover.vendor)
  const waiting =
    vendor && choice !== undefined
      ? await context.accounts.choice(owner, vendor, choice)
      : undefined
  if (state === 'begun' && waiting)
    return showConfirmation(context, req, res, await askedOf(context, handover), waiting)
  const outcome = await standingOf(context, req, handover)
  await showEnd(context, req, res, handover, outcome, state === 'begun')
}

async function standingOf(context: Context, req: Request, handover: Handover) {
  const { owner, intent: id, state, subject } = handover
  const vendor = context.vendor(handover.vendor)
  if (id === undefined) {
    const name = (await context.runs.get(owner, subject.replace(/^run:/, '')))?.title ?? 'The run'
    return ended(state, name, `${name} goes on with your access. The script sees how it ends.`)
  }
  const intent = await resumeApproved(context, req, owner, id, handoverPath(handover))
  const campaign = intent && context.campaigns.get(intent.campaign)
  const name = campaign?.name ?? intent?.campaign ?? 'The campaign'
  const text = intent ? bannerOf(intent, vendor, campaign).text : `${name} is still being synced.`
  return ended(state, name, `${text} The script is told the same. You can close this page.`)
}

function ended(state: Handover['state'], name: string, text: string) {
  if (state === 'granted') return { heading: 'Approved', text, names: [name] }
  const waiting = `Nothing was synced; ${name} is waiting.`
  if (state === 'begun') return { heading: 'Not approved', text: waiting, names: [name] }
  const refused = `${waiting} The script is told that you said no.`
  return { heading: 'Refused', text: refused, names: [name] }
}

/** What the person decided after the vendor. The same press sent twice is one. */
async function choose(context: Context, req: Request, res: Response): Promise<void> {
  const { data: form } = choiceSchema.safeParse(req.body)
  if (!form) throw badRequest('Choose one of the buttons.')
  const handover = await ofThisBrowser(context, req)
  const { owner, choice, state } = handover
  if (state !== 'begun') return redirect(res, 303, handoverPath(handover))
  const asked = await askedOf(context, checkUsable(handover, handover.by))
  const chosen =
    choice === undefined
      ? undefined
      : await context.accounts.consumeChoice(owner, asked.vendor, choice)
  if (form.choice === 'again') {
    if (chosen) await revokeTokens(context.http, asked.vendor, chosen.token)
    return toVendor(context, req, res, asked, handover.by ?? '')
  }
  if (!chosen) return redirect(res, 303, handoverPath(handover))
  if (form.choice === 'use') {
    const token = { ...chosen.token, scope: chosen.token.scope }
    const owners = [owner, handover.by ?? owner]
    const issued = { vendor: asked.vendor, owners, account: chosen.account }
    await storeForOwner(context, req, handover, token, chosen.account).catch(
      revokeOnFailure(context, issued, token),
    )
    return redirect(res, 303, handoverPath(handover))
  }
  await revokeTokens(context.http, asked.vendor, chosen.token)
  await refuse(context, req, res, handover)
}
