// API tokens on a page: made, shown once, listed with their last use, revoked.
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { disconnectAll } from '../../access/disconnect.ts'
import type { Context } from '../../context.ts'
import { type Action, badRequest, HttpProblem, notFound } from '../../errors.ts'
import { type ApiToken, DAYS_MOST, TOKENS_MOST } from '../../identity/api-tokens.ts'
import { mayDo, ROLES } from '../../identity/identity.ts'
import type { RoleNow } from '../../identity/people.ts'
import { newId, ownerHash } from '../../session/session.ts'
import { setSignedOutMarker } from '../../session/sign-out.ts'
import { recordDone } from '../http/acts.ts'
import { needs } from '../http/needs.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect } from '../http/return-to.ts'
import { wantsJson } from '../http/script-callers.ts'
import { commonPage, readable } from '../page/page.ts'
import type { Page } from '../page/view-models.ts'

interface ApiTokenRow {
  name: string
  role: string
  /** What it may do where that is less, and why. */
  roleNow?: string
  why?: string | undefined
  madeBy?: string | undefined
  /** ISO, UTC. */
  createdAt: string
  expiresAt: string
  lastUsedAt?: string
  revoke: Action
}

interface ApiTokensPage extends Page {
  rows: ApiTokenRow[]
  /** The token that was just made: it is shown this once. */
  made?: { name: string; token: string }
  roles: { value: string; label: string; chosen: boolean }[]
  days: { value: string; label: string; chosen: boolean }[]
}

const PATH = '/tokens'
const DAYS = [30, 90, DAYS_MOST]

/** A line of text without control characters. */
export const newTokenSchema = z.object({
  name: z
    .string()
    .trim()
    .regex(/^[^\p{Cc}\p{Cf}]{1,60}$/u),
  role: z.enum(ROLES).default('sender'),
  days: z.coerce.number().int().min(1).max(DAYS_MOST).default(90),
})

export function apiTokenRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const limit = limited(context, 'tokens')

  router.get(PATH, needs('sender'), (req, res) => listTokens(context, req, res))
  router.post(PATH, needs('sender'), limit, (req, res) => makeToken(context, req, res))
  router.post(`${PATH}/:id/revoke`, needs('sender'), limit, (req, res) =>
    revokeToken(context, req, res),
  )

  return router
}

async function listTokens(context: Context, req: Request, res: Response): Promise<void> {
  if (!wantsJson(req)) return showPage(context, req, res)
  res.json({ tokens: await listed(context, req) })
}

/** @throws HttpProblem 400, or 409 when there are too many */
async function makeToken(context: Context, req: Request, res: Response): Promise<void> {
  const { data: form } = newTokenSchema.safeParse(req.body)
  if (!form)
    throw badRequest('A token needs a name of 1 to 60 characters, a role and 1 to 365 days.')
  const { days, ...about } = form
  if (!mayDo(req.identity?.roles ?? [], form.role)) throw aboveOwn(form.role)
  const created = await context.apiTokens.create({ ...about, ...whose(req) }, days)
  if (!created) throw tooMany()
  const { token, made } = created
  const said = { token: made.id, name: made.name, role: made.role }
  await recordDone(context, req, 'token.made', said)
  req.log.info({ token: made.id, role: made.role }, 'token.made')
  res.status(201)
  if (wantsJson(req)) return void res.json({ ...tokenJson(made), token })
  await showPage(context, req, res, { name: made.name, token })
}

/** Whose the token's things are: those of who signed in; else the token's alone. */
function whose({ identity, apiToken }: Request) {
  const { owner, name } = identity ?? {}
  if (owner === undefined) return { owner: ownerHash(newId()), isOwn: true }
  const made = { ...(name !== undefined && { madeBy: name }) }
  return { owner, isOwn: false, ...made, ...(apiToken && { madeWith: apiToken.id }) }
}

/** Of somebody who signed in, their own; an admin's are all. */
async function listed({ apiTokens, people, signIn }: Context, req: Request) {
  const [all, uses] = await Promise.all([apiTokens.list(), apiTokens.lastUses()])
  const tokens = all.filter((token) => isTheirs(req, token))
  const now = signIn ? await people.rolesNow(tokens, signIn.settings.awayDays) : []
  return tokens.map((token, at) => tokenJson(token, uses.get(token.id), now[at]))
}

function isTheirs({ identity }: Request, { owner }: ApiToken): boolean {
  const isEverybody = identity?.owner === undefined
  return isEverybody || owner === identity.owner || mayDo(identity.roles, 'admin')
}

/** From now on it opens nothing, and access that was its alone is forgotten and revoked. */
async function revokeToken(context: Context, req: Request, res: Response): Promise<void> {
  const id = String(req.params.id)
  const token = /^[\w-]{22}$/.test(id) ? await context.apiTokens.read(id) : undefined
  if (!token || !isTheirs(req, token)) throw notFound('This API token')
  await context.apiTokens.remove(id)
  if (token.isOwn) {
    await setSignedOutMarker(context.store, token.owner)
    await context.handovers.forgetAll(token.owner)
    await disconnectAll(context, context.config.vendors, token.owner)
  }
  req.log.info({ token: id }, 'token.revoked')
  if (wantsJson(req)) return void res.json({ revoked: id })
  redirect(res, 303, PATH)
}

function aboveOwn(role: string): HttpProblem {
  return new HttpProblem({
    code: 'E-ROLE',
    status: 403,
    heading: 'You may not do this',
    text: `A token may not do more than who makes it, and ${role} is more. Nothing was done.`,
  })
}

function tooMany(): HttpProblem {
  return new HttpProblem({
    code: 'E-TOKENS',
    status: 409,
    heading: `There are ${TOKENS_MOST} API tokens`,
    text: 'Revoke one that is no longer used, then make this one.',
    actions: [{ label: 'Go to API tokens', href: PATH }],
  })
}

async function showPage(
  context: Context,
  req: Request,
  res: Response,
  made?: ApiTokensPage['made'],
): Promise<void> {
  const about = { title: 'API tokens', path: PATH, nav: 'connections' as const }
  const page = await commonPage(context, req, res, about)
  const tokens = (await readable(listed(context, req))) ?? []
  const roles = ROLES.map((value) => ({ value, label: LABELS[value], chosen: value === 'sender' }))
  const days = DAYS.map((one) => ({ value: String(one), label: `${one} days`, chosen: one === 90 }))
  const rows = tokens.map(rowOf)
  const model = { ...page, rows, roles, days, ...(made && { made }) }
  res.render('tokens', model satisfies ApiTokensPage)
}

const LABELS: Record<ApiToken['role'], string> = {
  viewer: 'viewer: sees campaigns and results',
  sender: 'sender: also syncs, and starts runs',
  approver: 'approver: also approves for others',
  admin: 'admin: everything',
}

function rowOf({ id, ...about }: ReturnType<typeof tokenJson>): ApiTokenRow {
  const revoke = { label: 'Revoke', name: `Revoke ${about.name}`, post: `${PATH}/${id}/revoke` }
  return { ...about, revoke }
}

function tokenJson(
  { id, name, role, madeBy, createdAt, expiresAt }: ApiToken,
  usedAt?: number,
  now: RoleNow = { role },
) {
  return {
    id,
    name,
    role,
    ...(now.role !== role && { roleNow: now.role ?? ('none' as const), why: now.why }),
    ...(madeBy !== undefined && { madeBy }),
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
    ...(usedAt !== undefined && { lastUsedAt: new Date(usedAt).toISOString() }),
  }
}
