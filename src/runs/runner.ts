// The run function: takes a run over, sends what is left with one token, and says in the store how it ended.

import { disconnect } from '../access/disconnect.ts'
import { accessTo } from '../access/refresh.ts'
import type { CachedToken, TokenPlace } from '../access/tokens.ts'
import { isRepeatable } from '../vendors/push.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { createLeg, FenceLost, type Leg } from './attempt.ts'
import { causesOf } from './causes.ts'
import type { Run } from './run.ts'
import { type SendParts, sendAll } from './sender.ts'
import type { Pace } from './throughput.ts'

const BEAT_MS = 1_000

export interface RunnerParts extends SendParts {
  pace: Pace
  vendor(id: string): Vendor | undefined
}

/** `handed back`: the process stops and somebody else has to go on. `over`: nothing to do until a person says so. */
export type Carried = 'over' | 'handed back'

/**
 * Carries one run until it is done, paused or stopped, or `signal` says that the process ends: items under way are
 * then still finished (10 s at most). Of several at once the last one wins; the others neither send nor write.
 * Rejects when the store is away at the start; it may be called again.
 */
export async function carryRun(parts: RunnerParts, id: string, signal: AbortSignal): Promise<Carried> {
  const run = await takeOver(parts, id)
  const vendor = run && parts.vendor(run.vendor)
  if (!run) return 'over'
  const repeatable = vendor !== undefined && isRepeatable(vendor)
  const leg = createLeg(parts, run, repeatable, signal)
  const place = vendor && { owner: run.owner, vendor, subject: subjectOf(run.id) }
  const beat = async () => {
    await leg.beat()
    if (place && (await isForgotten(parts, place))) leg.halt('access')
  }
  const beats = setInterval(() => void beat(), BEAT_MS)
  try {
    const token = place && (await accessTo(parts, place)).token
    const goesOn = run.state === 'running' && place && token
    if (goesOn) await sendAll(parts, { run, leg, place, token })
    else if (run.state === 'stopping' || !repeatable) await leg.settleInFlight()
    if (!token) leg.halt(place ? 'access' : 'failures')
    if (leg.halted === 'access' && place && (await isRenewed(parts, place, token)))
      return carryRun(parts, id, signal)
    return await end(parts, run, leg, place, signal)
  } catch (error) {
    if (error instanceof FenceLost) return 'over'
    throw error
  } finally {
    clearInterval(beats)
  }
}

/** What the run's token is for. */
export function subjectOf(run: string): string {
  return `run:${run}`
}

/** Access was given up under way, by Disconnect or by signing out: what is left of it in memory is not to be used. */
async function isForgotten({ tokens }: RunnerParts, place: TokenPlace): Promise<boolean> {
  const kept = [tokens.get(place), tokens.renewals.get(place)]
  // A store that is away has forgotten nothing.
  return Promise.all(kept)
    .then((found) => found.every((one) => one === undefined))
    .catch(() => false)
}

/** Access was renewed while the run was under way: it goes on with the new token. */
async function isRenewed({ tokens }: RunnerParts, place: TokenPlace, token: CachedToken | undefined) {
  const now = await tokens.get(place).catch(() => undefined)
  return now !== undefined && now.accessToken !== token?.accessToken
}

/** The run with a new fencing number, ours; undefined when it does not want a runner. */
async function takeOver({ ledger, event }: RunnerParts, id: string): Promise<Run | undefined> {
  for (;;) {
    const run = await ledger.read(id)
    if (run?.state !== 'running' && run?.state !== 'stopping') {
      await ledger.deactivate(id)
      return undefined
    }
    const now = Date.now()
    const workedMs = run.workedMs + (run.legAt ? Math.max(0, run.beatAt - run.legAt) : 0)
    const ours = { fence: run.fence + 1, beatAt: now, workedMs, legAt: now, legLeft: run.left }
    if (await ledger.change(id, { fence: run.fence, state: run.state }, [], ours)) {
      event('run.taken', { run: id, fence: ours.fence, left: run.left })
      return { ...run, ...ours }
    }
  }
}

/** Writes down how the leg ended; then the token has done its work, unless the run may go on with it. */
async function end(
  parts: RunnerParts,
  before: Run,
  leg: Leg,
  place: TokenPlace | undefined,
  signal: AbortSignal,
): Promise<Carried> {
  const run = await parts.ledger.read(before.id)
  if (run?.fence !== before.fence || leg.halted === 'lost') throw new FenceLost()
  const next = endOf(run, leg)
  if (signal.aborted && run.state === 'running' && run.left > 0 && !leg.halted) return 'handed back'
  const now = Date.now()
  const workedMs = run.workedMs + now - before.legAt
  const causes = run.failed + run.unknown === 0 ? '' : JSON.stringify(await causesOf(parts.ledger.all(run)))
  const over = {
    ...next,
    causes,
    workedMs,
    endedAt: now,
    legAt: '',
    waitUntil: '',
    now: '',
    accessEndsAt: '',
  }
  if (!(await leg.write([], { state: run.state }, over))) return end(parts, before, leg, place, signal)
  await parts.ledger.deactivate(run.id)
  parts.event('run.ended', { run: run.id, ...next, sent: run.sent, failed: run.failed, left: run.left })
  await parts.pace.note(run.vendor, before.left - run.left, now - before.legAt).catch(() => {})
  const isOver = next.state === 'done' || next.reason === 'asked'
  if (isOver && place && place.vendor.tokenPer !== 'session') await disconnect(parts, place).catch(() => {})
  return 'over'
}

function endOf(run: Run, leg: Leg): Pick<Run, 'state' | 'reason'> {
  if (run.left === 0) return { state: 'done', reason: undefined }
  if (run.state === 'stopping') return { state: 'stopped', reason: 'asked' }
  if (leg.halted === 'access' || leg.halted === 'refused') return { state: 'paused', reason: leg.halted }
  return { state: 'stopped', reason: 'failures' }
}
