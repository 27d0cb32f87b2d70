// The run function: takes a run over, sends what is left with one token, and says in the store how it ended.
import { getOrRefreshToken } from '../access/refresh.ts'
import type { TokenKey } from '../access/token-key.ts'
import type { CachedToken } from '../access/tokens.ts'
import { maySettle } from '../vendors/push.ts'
import { createRunAttempt } from './attempt.ts'
import { endAttempt, type RunnerDeps } from './end-attempt.ts'
import { FencingTokenLost } from './fenced-writes.ts'
import type { RunOutcome } from './queue.ts'
import { isUnderWay, type Run, runTokenKey } from './run.ts'
import { sendAll } from './sender.ts'

const HEARTBEAT_MS = 1_000

/** Executes a run until it is done, paused or stopped, or `signal` ends it (10 s at most). Rejects when the store is away. */
export async function executeRun(
  deps: RunnerDeps,
  id: string,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const run = await takeOver(deps, id)
  const vendor = run && deps.vendor(run.vendor)
  if (!run) return 'over'
  const attempt = createRunAttempt(deps, run, vendor, signal)
  const tokenKey = vendor && runTokenKey(run, vendor)
  const heartbeat = async () => {
    await attempt.heartbeat()
    if (tokenKey && (await isForgotten(deps, tokenKey))) attempt.halt('access')
  }
  const heartbeatTimer = setInterval(() => void heartbeat(), HEARTBEAT_MS)
  try {
    const token = tokenKey && (await getOrRefreshToken(deps, tokenKey)).token
    const goesOn = run.state === 'running' && tokenKey && token
    if (goesOn) await sendAll(deps, { run, attempt, tokenKey, token })
    else if (run.state === 'stopping' || !vendor || !maySettle(vendor))
      await attempt.settleInFlight()
    if (!token) attempt.halt(tokenKey ? 'access' : 'failures')
    if (attempt.halted === 'access' && tokenKey && (await isRefreshed(deps, tokenKey, token)))
      return executeRun(deps, id, signal) // not awaited: `finally` stops this heartbeat before the next attempt's begins
    return await endAttempt(deps, run, attempt, tokenKey, signal)
  } catch (error) {
    if (error instanceof FencingTokenLost) return 'over'
    throw error
  } finally {
    clearInterval(heartbeatTimer)
  }
}

/** Disconnect or signing out forgot the access: what is left of it in memory is not to be used. */
async function isForgotten({ tokens }: RunnerDeps, tokenKey: TokenKey): Promise<boolean> {
  const kept = [tokens.get(tokenKey), tokens.refreshTokens.get(tokenKey)]
  // A store that is away has forgotten nothing.
  return Promise.all(kept)
    .then((found) => found.every((one) => one === undefined))
    .catch(() => false)
}

async function isRefreshed(
  { tokens }: RunnerDeps,
  tokenKey: TokenKey,
  token: CachedToken | undefined,
) {
  const now = await tokens.get(tokenKey).catch(() => undefined)
  return now !== undefined && now.accessToken !== token?.accessToken
}

/** The run with a new fencing token, ours; undefined when it does not want a runner. */
async function takeOver({ runStore, event }: RunnerDeps, id: string): Promise<Run | undefined> {
  for (;;) {
    const run = await runStore.read(id)
    if (!run || !isUnderWay(run)) {
      await runStore.deactivate(id)
      return undefined
    }
    const now = Date.now()
    const workedMs = run.workedMs + (run.legAt ? Math.max(0, run.beatAt - run.legAt) : 0)
    const ours = { fence: run.fence + 1, beatAt: now, workedMs, legAt: now, legLeft: run.left }
    if (await runStore.change(id, { fence: run.fence, state: run.state }, [], ours)) {
      event('run.taken', { run: id, fence: ours.fence, left: run.left })
      return { ...run, ...ours }
    }
  }
}
