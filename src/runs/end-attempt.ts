// The end of a run attempt: what the run came to is written down, and access that has done its work is revoked.
import { disconnect } from '../access/disconnect.ts'
import type { TokenKey } from '../access/token-key.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { RunAttempt } from './attempt.ts'
import { FencingTokenLost } from './fenced-writes.ts'
import type { RunOutcome } from './queue.ts'
import { type Cause, isUnderWay, type Run, type RunHead, type StoredItem } from './run.ts'
import type { SenderDeps } from './send-item.ts'
import type { Throughput } from './throughput.ts'

const FAILURES_KEPT = 5
const NAMES_KEPT = 5

export interface RunnerDeps extends SenderDeps {
  throughput: Throughput
  vendor(id: string): Vendor | undefined
}

/** Writes down how the attempt ended; then the token has done its work, unless the run may go on with it. */
export async function endAttempt(
  deps: RunnerDeps,
  before: Run,
  attempt: RunAttempt,
  tokenKey: TokenKey | undefined,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const run = await deps.runStore.read(before.id)
  if (run?.fence !== before.fence || attempt.halted === 'lost') throw new FencingTokenLost()
  // Started anew, and nobody has it yet: this attempt's end is written, and what comes next is not its own.
  if (run.state === 'running' && run.leg !== before.leg) throw new FencingTokenLost()
  // Not under way: the end is written already, and only the reply to that was lost.
  const isOpen = isUnderWay(run)
  const next = isOpen ? endOf(run, attempt) : { state: run.state, reason: run.reason }
  if (signal.aborted && run.state === 'running' && run.left > 0 && !attempt.halted)
    return 'handed back'
  const now = Date.now()
  const workedMs = run.workedMs + now - before.legAt
  if (isOpen && !(await writeEnd(deps, run, attempt, { ...next, workedMs, endedAt: now })))
    return endAttempt(deps, before, attempt, tokenKey, signal)
  await deps.runStore.deactivate(run.id)
  deps.event('run.ended', {
    run: run.id,
    ...next,
    sent: run.sent,
    failed: run.failed,
    left: run.left,
  })
  await deps.throughput
    .record(run.vendor, before.left - run.left, now - before.legAt)
    .catch(() => {})
  const isOver = next.state === 'done' || next.reason === 'asked'
  if (isOver && tokenKey && tokenKey.vendor.tokenPer !== 'session')
    await disconnect(deps, tokenKey).catch(() => {})
  return 'over'
}

/** False when somebody has stopped or started the run since it was read. */
async function writeEnd(
  { runStore }: RunnerDeps,
  run: Run,
  attempt: RunAttempt,
  end: RunHead,
): Promise<boolean> {
  const causes =
    run.failed + run.unknown === 0 ? '' : JSON.stringify(await failureSummary(runStore.all(run)))
  const over = { ...end, causes, legAt: '', waitUntil: '', now: '', accessEndsAt: '' }
  return attempt.write([], { state: run.state, leg: run.leg }, over)
}

function endOf(run: Run, attempt: RunAttempt): Pick<Run, 'state' | 'reason'> {
  if (run.left === 0) return { state: 'done', reason: undefined }
  if (run.state === 'stopping') return { state: 'stopped', reason: 'asked' }
  if (attempt.halted === 'access' || attempt.halted === 'refused')
    return { state: 'paused', reason: attempt.halted }
  return { state: 'stopped', reason: attempt.halted === 'approval' ? 'approval' : 'failures' }
}

/** The most frequent causes among the items that failed or are unknown, so that pages need not read every item. */
async function failureSummary(items: AsyncIterable<StoredItem>): Promise<Cause[]> {
  const causes = new Map<string, Cause>()
  for await (const { item } of items) {
    const result = item.results.at(-1)
    if (!result || (item.state !== 'failed' && item.state !== 'unknown')) continue
    const known = `${result.kind} ${result.because} ${result.status} ${result.message}`
    const cause = causes.get(known) ?? { result, count: 0, names: [] }
    cause.count += 1
    if (cause.names.length < NAMES_KEPT) cause.names.push(item.name)
    causes.set(known, cause)
  }
  return [...causes.values()].sort((a, b) => b.count - a.count).slice(0, FAILURES_KEPT)
}
