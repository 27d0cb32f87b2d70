// A hand-over as somebody opens it: whether it is still to be used, by this browser, what it is about, and what they are told if not.
import type { Request } from 'express'
import { type Handover, isLate } from '../../access/handovers.ts'
import { parseSubject } from '../../access/token-key.ts'
import type { Context } from '../../context.ts'
import { HttpProblem } from '../../errors.ts'
import { mayDo } from '../../identity/identity.ts'
import { isSignedOut } from '../../session/sign-out.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { connectPath } from '../http/paths.ts'

/** What a hand-over is about, and what waits for it. */
export interface Asked {
  handover: Handover
  vendor: Vendor
  /** The campaign's or the run's name. */
  name: string
  /** The connect route of the owner's own browser. */
  ownPath: string
}

/** @throws HttpProblem 404 for one that never was, 410 for one that is over, 403 when another browser has begun it */
export function checkUsable(handover: Handover | undefined, browser: string | undefined): Handover {
  if (!handover) throw unknownLink()
  const { state, by } = handover
  if (state === 'granted' || state === 'refused') throw usedLink(state === 'granted')
  if (isLate(handover)) throw lateLink()
  if (by !== undefined && by !== browser) throw elsewhere()
  return handover
}

/**
 * Without a sign-in whoever holds the link may approve; else whose script it is, or who may approve for others.
 * @throws HttpProblem 403
 */
export function checkMayApprove({ identity }: Request, { owner }: Handover): void {
  const isNobody = identity?.owner === undefined
  if (isNobody || identity.owner === owner || mayDo(identity.roles, 'approver')) return
  throw notTheirs()
}

/** @throws HttpProblem 404 or 410 when nothing waits for it any more */
export async function askedOf(context: Context, handover: Handover): Promise<Asked> {
  const { owner, intent: intentId, subject, token } = handover
  const vendor = context.vendor(handover.vendor)
  const { kind, id } = parseSubject(subject) ?? { kind: '', id: '' }
  if (await isSignedOut(context.store, owner)) throw nothingWaits()
  if (token !== undefined && !(await context.apiTokens.read(token))) throw nothingWaits()
  if (kind === 'run') {
    const run = await context.runs.get(owner, id)
    if (run?.state !== 'paused') throw nothingWaits()
    return { handover, vendor, name: run.title, ownPath: connectPath(vendor.id, { run: id }) }
  }
  const campaign = context.campaigns.get(id)
  const intent = intentId === undefined ? undefined : await context.intents.get(owner, intentId)
  if (!campaign || intent?.state !== 'awaitingAccess') throw nothingWaits()
  const ownPath = connectPath(vendor.id, { campaign: id, intent: intent.id })
  return { handover, vendor, name: campaign.name, ownPath }
}

/** The page that says how it went, for the browser it was begun in. */
export function handoverPath({ id }: Pick<Handover, 'id'>): string {
  return `/handover/${id}`
}

const ANEW = 'Have the script ask again: it is given a new link.'

function gone(heading: string, text: string, status = 410): HttpProblem {
  return new HttpProblem({ code: 'E-HANDOVER', status, heading, text })
}

export function unknownLink(): HttpProblem {
  return gone(
    'This link leads nowhere',
    `It may have been cut off when it was copied, or it is more than a day old. ${ANEW}`,
    404,
  )
}

function lateLink(): HttpProblem {
  return gone('This link is too old', `It worked for 15 minutes. Nothing was approved. ${ANEW}`)
}

function usedLink(isGranted: boolean): HttpProblem {
  return isGranted
    ? gone('This was approved already', 'A link works once. Nothing more was done.')
    : gone('This was refused already', `A link works once. Nothing was synced. ${ANEW}`)
}

export function nothingWaits(): HttpProblem {
  return gone(
    'Nothing waits for this approval any more',
    'It was finished in another way, dropped, or taken out of the campaign file. Nothing more was done.',
  )
}

function notTheirs(): HttpProblem {
  return gone(
    'Somebody else has to approve this',
    'It is for whose script this is, or for somebody with the role approver. Nothing was done.',
    403,
  )
}

function elsewhere(): HttpProblem {
  return gone(
    'Somebody else is approving this',
    `It was begun in another browser, and only that one can go on. If that was not meant to be: ${ANEW}`,
    403,
  )
}
