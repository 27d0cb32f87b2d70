// A good callback: exchange the code, store the token, and let go on what waited for it.
import type { Request, Response } from 'express'
import { revokeAlone, revokeOnFailure, revokeUnused } from '../../access/revoke-unused.ts'
import { type StoredGrant, storeGrantedToken } from '../../access/store-grant.ts'
import { grantId, parseSubject } from '../../access/token-key.ts'
import type { Alongside } from '../../access/tokens.ts'
import type { Context } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { redirectUri } from '../../oauth/authorize.ts'
import { exchangeCode, type TokenSet } from '../../oauth/token.ts'
import { regenerateOnce } from '../../session/regenerate.ts'
import { notSignedOut } from '../../session/sign-out.ts'
import { approve, type Intent } from '../../sync/intent.ts'
import {
  intentGuard,
  intentKey,
  readIntent,
  type StoredIntent,
  writeIntent,
} from '../../sync/intents.ts'
import { withValues } from '../../vendors/values.ts'
import { recordDone } from '../http/acts.ts'
import { connectPath, resumePath } from '../http/paths.ts'
import { runOfPage, setFlash } from '../http/return-to.ts'
import { connectionMessage } from '../page/connection-messages.ts'
import { resume } from '../sync/resume.ts'
import { unlessSignedOut } from './end-access.ts'
import type { Consumed } from './not-granted.ts'

interface Stored extends StoredGrant {
  waiting: StoredIntent | undefined
}

/** Returns the path to redirect to, and whether the authorization request was ended in the step that stored the token. */
export async function finishAuthorization(
  context: Context,
  req: Request,
  res: Response,
  consumed: Consumed,
  callback: URLSearchParams,
  proof: string,
): Promise<{ page: string; inOneStep: boolean }> {
  const { requestId, request } = consumed
  const vendor = withValues(consumed.vendor, request.values)
  const own = context.http.of(grantId({ ...requestId, vendor, subject: request.subject }))
  const uri = redirectUri(context.config.publicUrl, vendor)
  const issued = { vendor, owners: [requestId.owner], isFirst: request.unconnected }
  const granted = await exchangeCode(own, vendor, callback, uri, request.codeVerifier).catch(
    revokeUnused(context, issued),
  )
  const token = { ...granted, values: { ...request.values, ...granted.values } }
  await campaignStillThere(context, consumed, token)
  const stored = await storeInSession(context, req, consumed, token, proof).catch(
    revokeOnFailure(context, { ...issued, account: token.account }, token),
  )
  const page = await pathOf(context, req, consumed, stored)
  if (stored.choice === undefined && request.intent === undefined)
    setFlash(req, res, page, connectionMessage('renewed', vendor.id))
  return { page, inOneStep: stored.inOneStep }
}

/** Revokes access for a campaign that is no longer in the file. @throws HttpProblem 404 */
async function campaignStillThere(
  context: Context,
  { vendor, requestId, request }: Consumed,
  token: TokenSet,
): Promise<void> {
  const about = parseSubject(request.subject)
  if (about?.kind !== 'campaign' || context.campaigns.get(about.id)) return
  const isFirst = request.unconnected
  await revokeAlone(context, { vendor, owners: [requestId.owner], isFirst }, token)
  throw notFound('This campaign')
}

/**
 * The session gets its new id, and the old one is gone, before the token is stored: a token is not revoked for what
 * fails after it was stored. With the token, in one step: the approval of the intent, the end of the exchange, and the
 * proof that nobody has signed out meanwhile.
 */
async function storeInSession(
  context: Context,
  req: Request,
  { vendor, requestId, request }: Consumed,
  token: TokenSet,
  proof: string,
): Promise<Stored> {
  const { accounts, authorizationRequests, http, store, tokens } = context
  const { owner } = requestId
  const { intent: id, subject } = request
  const [, [all, text]] = await Promise.all([
    regenerateOnce(req, store, proof),
    store.step([accounts.readCommand(owner), { get: intentKey(owner, id ?? '') }]),
  ])
  const before = accounts.accountIn(all, vendor.id)
  const waiting = id === undefined ? undefined : readIntent(id, text)
  const tokenKey = { owner, vendor, subject }
  const deps = { http: http.of(grantId(tokenKey)), accounts, tokens }
  const approved = waiting && approve(waiting.intent)
  const alongside = alongsideOf(owner, waiting?.text ?? null, approved)
  alongside.commands.push(authorizationRequests.endCommand(requestId))
  const grant = await storeGrantedToken(deps, tokenKey, token, request, before, alongside)
  if (grant.inOneStep && approved) context.intents.remember(owner, approved)
  return { ...grant, waiting }
}

function alongsideOf(owner: string, text: string | null, approved: Intent | undefined) {
  const guards = [notSignedOut(owner)]
  const commands: Alongside['commands'][number][] = []
  if (approved) {
    guards.unshift(intentGuard(owner, approved.id, text))
    commands.push(writeIntent(owner, approved))
  }
  return { guards, commands }
}

/** With a `choice` the person first chooses between two accounts. @throws HttpProblem 400 after a sign-out meanwhile */
async function pathOf(
  context: Context,
  req: Request,
  { vendor, requestId: { owner }, request }: Consumed,
  { choice, inOneStep, waiting }: Stored,
): Promise<string> {
  context.metrics?.authorizationEnded(vendor.id, choice === undefined ? 'granted' : 'held')
  const goOn = () => {
    if (choice !== undefined) return connectPath(vendor.id, { choice })
    const isDone = inOneStep && waiting && runOfPage(request.referrer) === undefined
    if (isDone) return resumePath(waiting.intent.campaign, waiting.intent.id)
    return resume(context, owner, request)
  }
  const about = { vendor: vendor.id, subject: request.subject }
  const [page] = await Promise.all([
    goOn(),
    inOneStep || unlessSignedOut(context, req, owner),
    recordDone(context, req, choice === undefined ? 'access.granted' : 'access.held', about),
  ])
  return page
}
