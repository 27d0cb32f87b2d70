// The vendor sends back a person who approved for somebody else: their access goes to the owner who asked for it.
import type { Request } from 'express'
import type {
  AuthorizationRequest,
  AuthorizationRequestId,
} from '../../access/authorization-requests.ts'
import type { Handover } from '../../access/handovers.ts'
import { revokeOnFailure, revokeUnused } from '../../access/revoke-unused.ts'
import { accountOfGrant, holdForChoice, UNNAMED } from '../../access/store-grant.ts'
import { grantId } from '../../access/token-key.ts'
import type { Context } from '../../context.ts'
import { redirectUri } from '../../oauth/authorize.ts'
import { validateCallback } from '../../oauth/callback.ts'
import { CallbackError } from '../../oauth/errors.ts'
import { exchangeCode, type TokenSet } from '../../oauth/token.ts'
import { regenerateOnce } from '../../session/regenerate.ts'
import { deny } from '../../sync/intent.ts'
import type { VendorAccount } from '../../vendors/account.ts'
import { withValues } from '../../vendors/values.ts'
import { storeForOwner, tokenKeyOf } from './grant.ts'
import { askedOf, checkMayApprove, checkUsable, handoverPath, nothingWaits } from './open.ts'

/** An authorization request of this browser, consumed, that was begun for a hand-over. */
export interface HandoverCallback {
  requestId: AuthorizationRequestId
  request: AuthorizationRequest
  parameters: URLSearchParams
  /** What only a copy of this callback has. */
  proof: string
}

/**
 * Gives the page to go on at: it syncs, or asks first. A browser that had no access before gets a new session id here,
 * and is asked: whoever planted the old one never sees that page (docs/decisions/060-hand-over.md).
 * @throws what went wrong between the vendor and us, and HttpProblem when nothing waits any more
 */
export async function finishHandover(
  context: Context,
  req: Request,
  { requestId, request, parameters, proof }: HandoverCallback,
): Promise<string> {
  const handover = await readOpen(context, req, requestId, request)
  const { vendor: configured } = await askedOf(context, handover)
  const vendor = withValues(configured, request.values)
  const tokenKey = tokenKeyOf(context, handover)
  const http = context.http.of(grantId(tokenKey))
  const callback = await validated(context, vendor, parameters, requestId.state, handover)
  if (!callback) return handoverPath(handover)
  const uri = redirectUri(context.config.publicUrl, vendor)
  const issued = { vendor, owners: [handover.owner, requestId.owner] }
  const granted = await exchangeCode(http, vendor, callback, uri, request.codeVerifier).catch(
    revokeUnused(context, issued),
  )
  const token = { ...granted, values: { ...request.values, ...granted.values } }
  const isUnproven = request.unconnected === true || !req.session.connected
  const store = async () => {
    await regenerateOnce(req, context.store, proof)
    // It may have been refused during the exchange.
    const open = await readOpen(context, req, requestId, request)
    await storeOrConfirm(context, req, open, requestId.owner, token, isUnproven)
  }
  await store().catch(revokeOnFailure(context, { ...issued, account: token.account }, token))
  context.metrics?.authorizationEnded(vendor.id, 'granted')
  req.log.info({ vendor: vendor.id, handover: handover.id }, 'handover.approved')
  return handoverPath(handover)
}

async function readOpen(
  { handovers }: Context,
  req: Request,
  { owner }: AuthorizationRequestId,
  { handover: id }: AuthorizationRequest,
): Promise<Handover> {
  const found = id === undefined ? undefined : await handovers.read(id)
  const handover = checkUsable(found, owner)
  checkMayApprove(req, handover)
  return handover
}

/** Undefined when the person said no; the owner who asked is told so. @throws CallbackError */
async function validated(
  context: Context,
  vendor: ReturnType<Context['vendor']>,
  parameters: URLSearchParams,
  state: string,
  handover: Handover,
): Promise<URLSearchParams | undefined> {
  try {
    return validateCallback(vendor, parameters, state)
  } catch (error) {
    if (!(error instanceof CallbackError && error.kind === 'denied')) throw error
    context.metrics?.authorizationEnded(vendor.id, 'denied')
    await reportDenial(context, handover)
    return undefined
  }
}

/** The intent or run says that a person said no, and goes on waiting. */
export async function reportDenial(context: Context, { owner, intent, subject }: Handover) {
  if (intent !== undefined) await context.intents.change(owner, intent, deny)
  else await context.runs.returned(owner, subject.replace(/^run:/, ''), false)
}

async function storeOrConfirm(
  context: Context,
  req: Request,
  handover: Handover,
  browser: string,
  token: TokenSet,
  isUnproven: boolean,
): Promise<void> {
  const { accounts, http, store } = context
  const { owner, vendor: vendorId, subject } = handover
  const vendor = context.vendor(vendorId)
  const [all] = await store.step([accounts.readCommand(owner)])
  const before = accounts.accountIn(all, vendor.id)
  const account = await accountOfGrant(http, vendor, token, before)
  // A later approval that is delivered to this browser is compared with this one, as after any first access.
  if (isUnproven && account && account.id !== '')
    await accounts.note(accounts.noteCommands(browser, vendor.id, account, {}))
  if (!isUnproven && !isOther(account, before))
    return storeForOwner(context, req, handover, token, account)
  const named = account ?? UNNAMED
  const waiting = { at: Date.now(), token, account: named, before: before ?? named, subject }
  const choice = await holdForChoice(
    context,
    { owner, vendor },
    { ...waiting, referrer: handoverPath(handover) },
  )
  const changed = await context.handovers.change(handover, { choice })
  if (!changed) throw nothingWaits()
}

function isOther(account: VendorAccount | undefined, before: VendorAccount | undefined): boolean {
  return account !== undefined && before !== undefined && account.id !== before.id
}
