// One push: a campaign, a key and a token. What single syncs and runs have in common.
import { setTimeout as wait } from 'node:timers/promises'
import { type RefreshDeps, refreshToken } from '../access/refresh.ts'
import type { TokenKey } from '../access/token-key.ts'
import { grantId } from '../access/token-key.ts'
import type { CachedToken } from '../access/tokens.ts'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Http, Outbound } from '../http/client.ts'
import { StoreError } from '../store/open.ts'
import { traced } from '../trace.ts'
import { comparedWith } from '../vendors/find.ts'
import { incompleteness } from '../vendors/needs.ts'
import { type Known, type OperationRequest, operate } from '../vendors/operations.ts'
import { type PushResponse, push } from '../vendors/push.ts'
import { withValues } from '../vendors/values.ts'
import { type Links, type LostCreate, linkKey } from './links.ts'
import { versionToFind } from './sync-request.ts'

interface PushWithRefreshDeps extends RefreshDeps {
  http: Outbound
  links: Links
}

interface PushRequest {
  tokenKey: TokenKey
  campaign: Campaign
  /** Idempotency-Key: the same for every try of this push. */
  key: string
  /** Access was granted for this very push, moments ago. */
  justGranted: boolean
  /** Whether the lease still holds; asked before each request. */
  mayStillSend: () => boolean
  /** ms since 1970 when a request was sent whose end is not known. */
  uncertainSince?: number
  /** As it may have been sent by that request, where it has changed since. */
  sentBefore?: Campaign
  /** What the person chose where the vendor has, or may have, an object of this campaign. */
  objectChoice?: OperationRequest['objectChoice']
}

/** The store failed in the middle of a push; `maybeApplied` tells whether a request of it may have been applied. */
export class StoreAwayInPush extends StoreError {
  readonly maybeApplied: boolean
  constructor(maybeApplied: boolean, cause: unknown) {
    super('the store is away', { cause })
    this.maybeApplied = maybeApplied
  }
}

/** The vendor's response, and the token that was used: another one after a refresh. */
export interface PushWithToken extends PushResponse {
  token: CachedToken
}

/**
 * A token that has ended, or that the vendor calls expired, is refreshed where the vendor allows that, and the push then
 * tried once more. `expired`: what follows is an authorization. @throws StoreAwayInPush
 */
export function pushWithRefresh(
  deps: PushWithRefreshDeps,
  request: PushRequest,
  token: CachedToken,
): Promise<PushWithToken> {
  const { tokenKey, campaign, key } = request
  const about = { vendor: tokenKey.vendor.id, subject: campaign.id, key }
  let mayHaveLeft = false
  const mayStillSend = () => {
    const may = request.mayStillSend()
    mayHaveLeft ||= may
    return may
  }
  return traced(
    'push',
    about,
    () =>
      attemptPush(deps, { ...request, mayStillSend }, token).catch((error: unknown) => {
        const isPlain = error instanceof StoreError && !(error instanceof StoreAwayInPush)
        throw isPlain ? new StoreAwayInPush(mayHaveLeft, error) : error
      }),
    ({ kind }) => kind,
  )
}

async function attemptPush(
  deps: PushWithRefreshDeps,
  request: PushRequest,
  token: CachedToken,
): Promise<PushWithToken> {
  const { tokenKey } = request
  const lacks = incompleteness(tokenKey.vendor, request.campaign)
  if (lacks) return { ...lacks, token }
  const first = token.endsAt > Date.now() ? { token } : await refreshToken(deps, tokenKey, token)
  if ('failure' in first && first.failure) return { ...first.failure, token }
  const used = first.token ?? token
  const response = await pushFresh(deps, request, used)
  if (response.kind !== 'expired') return { ...response, token: used }
  const { maybeApplied } = response
  const next = await replaceToken(deps, tokenKey, used).catch((error: unknown) => {
    throw error instanceof StoreError ? new StoreAwayInPush(maybeApplied, error) : error
  })
  if (!next.token) return { ...response, ...next.failure, maybeApplied, token: used }
  const again = await pushFresh(deps, { ...request, justGranted: false }, next.token)
  if (again.kind === 'expired') await deps.tokens.drop(tokenKey, next.token)
  const open = again.kind !== 'ok' && (maybeApplied || again.maybeApplied)
  return { ...again, maybeApplied: open, token: next.token }
}

async function replaceToken(deps: PushWithRefreshDeps, tokenKey: TokenKey, ended: CachedToken) {
  await deps.tokens.drop(tokenKey, ended)
  return await refreshToken(deps, tokenKey, ended)
}

/** Some vendors refuse a token for the first seconds of its life: one just granted is tried again before that is believed. */
async function pushFresh(
  deps: PushWithRefreshDeps,
  request: PushRequest,
  token: CachedToken,
): Promise<PushResponse> {
  const { tokenKey, justGranted } = request
  const vendor = withValues(tokenKey.vendor, token.values)
  const own = whileAllowed(deps.http.of(grantId(tokenKey)), request.mayStillSend)
  const mayRetry = justGranted && vendor.client.auth !== 'key'
  const graceEnds = token.obtainedAt + vendor.lifetime.freshGraceSeconds * 1000
  const withToken = { ...request, tokenKey: { ...tokenKey, vendor } }
  let maybeApplied = false
  for (let pause = 1000; ; pause *= 2) {
    const response = await pushOnce(deps, withToken, own, token)
    maybeApplied ||= response.maybeApplied
    if (response.kind !== 'expired' || !mayRetry || Date.now() + pause > graceEnds)
      return { ...response, maybeApplied: maybeApplied && response.kind !== 'ok' }
    await wait(pause)
  }
}

/** Checks the leases once connected: connecting may take longer than they last. */
function whileAllowed(http: Http, mayStillSend: PushRequest['mayStillSend']): Http {
  return {
    send: ({ mayStillSend: mayToo = () => true, ...request }) =>
      http.send({ ...request, mayStillSend: () => mayStillSend() && mayToo() }),
  }
}

async function pushOnce(
  { links }: PushWithRefreshDeps,
  request: PushRequest,
  http: Http,
  token: CachedToken,
): Promise<PushResponse> {
  const { tokenKey, campaign, key, objectChoice, mayStillSend } = request
  const { vendor } = tokenKey
  const { accessToken } = token
  if (!vendor.api.create) return push(http, vendor, campaign, accessToken, key, mayStillSend)
  const link = linkKey(vendor, token, campaign)
  const bring = (
    known: Known | undefined,
    isAlone = () => true,
    { uncertainSince, sentBefore }: Pick<PushRequest, 'uncertainSince' | 'sentBefore'> = request,
    noteSend = () => true,
  ) =>
    operate(whileAllowed(http, isAlone), {
      vendor,
      campaign,
      token: accessToken,
      key,
      known,
      uncertainSince,
      sentBefore,
      objectChoice: isOutdated(objectChoice, known) ? undefined : objectChoice,
      mayStillSend: () => mayStillSend() && isAlone() && noteSend(),
      linkedElsewhere: (ids) => links.linkedElsewhere(link, ids),
      keep: (known) => links.write(link, known),
      keepFound: (known) => links.writeFound(link, known),
    })
  const known = await links.read(link)
  const isWhole = known !== undefined && known.steps >= vendor.api.create.length
  if (isWhole && !objectChoice) return bring(known)
  const compared = comparedWith(vendor, campaign)
  const made = await links.alone(link, compared, async (isAlone, lost) => {
    const now = await links.read(link)
    let isSent = false
    const noteSend = () => {
      isSent = true
      return true
    }
    const response = await bring(now, isAlone, now ? request : withLost(request, lost), noteSend)
    const before = isSent ? undefined : (request.sentBefore ?? lost?.sent)
    return { response, lost: vendor.api.find && lostAfter(response, before ?? campaign, lost) }
  })
  return made?.response ?? BUSY
}

/** By now another object is linked than the one they wanted to replace: somebody has made it, or this push has. */
function isOutdated(choice: PushRequest['objectChoice'], known: Known | undefined): boolean {
  return (
    choice !== undefined &&
    'create' in choice &&
    known !== undefined &&
    known.values.id !== choice.insteadOf
  )
}

/** What somebody else may have made is looked for as if this press had sent it. */
function withLost(request: PushRequest, lost: LostCreate | undefined) {
  const { campaign, tokenKey, uncertainSince = lost?.at } = request
  if (!tokenKey.vendor.api.find || !lost) return request
  const about = { uncertain: true, sent: lost.sent }
  // What was sent last: what was sent before that was looked for then, and was not there.
  const sentBefore = versionToFind({ ...tokenKey, campaign }, about) ?? request.sentBefore
  return { uncertainSince: Math.max(lost.at, uncertainSince ?? 0), sentBefore }
}

const LOOKED = ['ok', 'failed', 'exists', 'ambiguous', 'partly']

/** What whoever comes next has to look for. */
function lostAfter(
  { kind, maybeApplied }: PushResponse,
  sent: LostCreate['sent'],
  lost: LostCreate | undefined,
): LostCreate | undefined {
  if (kind === 'unknown' || (maybeApplied && kind !== 'ok')) return { at: Date.now(), sent }
  return LOOKED.includes(kind) ? undefined : lost
}

const BUSY: PushResponse = {
  kind: 'busy',
  maybeApplied: false,
  message: 'somebody else is making it there',
}
