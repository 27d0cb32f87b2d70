// Access given by way of a hand-over, at the vendor or as a key: it is stored for the owner who lacked it, and what waited there goes on.
import type { Request } from 'express'
import { disconnectAll } from '../../access/disconnect.ts'
import type { Handover } from '../../access/handovers.ts'
import { acceptKey, storeToken } from '../../access/store-grant.ts'
import { parseSubject, type TokenKey } from '../../access/token-key.ts'
import type { Alongside } from '../../access/tokens.ts'
import type { Context } from '../../context.ts'
import type { TokenSet } from '../../oauth/token.ts'
import { isSignedOut, notSignedOut } from '../../session/sign-out.ts'
import { approve } from '../../sync/intent.ts'
import { intentGuard, writeIntent } from '../../sync/intents.ts'
import type { VendorAccount } from '../../vendors/account.ts'
import type { Values } from '../../vendors/values.ts'
import { recordDone } from '../http/acts.ts'
import { nothingWaits } from './open.ts'

/** Where the access of a hand-over is filed: under the owner who asked, not under who approves. */
export function tokenKeyOf(context: Context, { owner, vendor, subject }: Handover): TokenKey {
  return { owner, vendor: context.vendor(vendor), subject }
}

/**
 * Stores the token and, in the same step, approves the intent and proves that its owner has not signed out. Of several
 * approvals of one intent the first one lets it go on. @throws HttpProblem 410 when the owner has signed out meanwhile
 */
export async function storeForOwner(
  context: Context,
  req: Request,
  handover: Handover,
  token: TokenSet,
  account: VendorAccount | undefined,
): Promise<void> {
  const { owner, intent: id } = handover
  const tokenKey = tokenKeyOf(context, handover)
  const alongside = await approvalOf(context, owner, id)
  const { inOneStep } = await storeToken(context, tokenKey, token, account, alongside)
  if (!inOneStep) await afterStore(context, owner, id)
  await context.handovers.change(handover, { state: 'granted', choice: undefined })
  await recordDone(context, req, 'access.granted', aboutOf(handover, account))
  const { kind, id: run } = parseSubject(handover.subject) ?? {}
  if (kind === 'run') await context.runHasAccess(owner, run)
}

/** For the audit trail: what was approved, and for whom. */
export function aboutOf({ vendor, subject, asker }: Handover, account?: VendorAccount) {
  return { vendor, subject, for: asker, ...(account && { account: account.name }) }
}

async function approvalOf(
  { intents }: Context,
  owner: string,
  id: string | undefined,
): Promise<Alongside> {
  const waiting = id === undefined ? undefined : await intents.load(owner, id)
  const approved = waiting && approve(waiting.intent)
  if (!waiting || !approved) return { guards: [notSignedOut(owner)], commands: [] }
  const guards = [intentGuard(owner, approved.id, waiting.text), notSignedOut(owner)]
  return { guards, commands: [writeIntent(owner, approved)] }
}

async function afterStore(context: Context, owner: string, id: string | undefined): Promise<void> {
  if (await isSignedOut(context.store, owner)) {
    const { revoked } = await disconnectAll(context, context.config.vendors, owner)
    await revoked
    throw nothingWaits()
  }
  if (id !== undefined) await context.intents.change(owner, id, approve)
}

/** Stores the key for the owner who asked; false when it is none, or the vendor refuses it. */
export async function receiveKey(
  context: Context,
  req: Request,
  handover: Handover,
  typed: string | undefined,
  values: Values,
): Promise<boolean> {
  const vendor = context.vendor(handover.vendor)
  const accepted = await acceptKey(context.http, vendor, typed, values)
  if (!accepted) return false
  await storeForOwner(context, req, handover, accepted.token, accepted.account)
  return true
}
