// `?wait=30`: answers when something has changed, or when that many seconds are over.
import { setTimeout as wait } from 'node:timers/promises'
import type { Request, Response } from 'express'
import { z } from 'zod'
import type { Context } from '../../context.ts'

const MOST_SECONDS = 30
const POLL_EVERY_MS = 250
/** Open ones in one process, of one owner and of all; a further one is answered at once. */
const OPEN_MOST = { ofOwner: 12, ofAll: 1_000 }
/** Seconds until one that was answered at once for that is to be sent again. */
const RETRY_AFTER = 5

const waitSchema = z
  .string()
  .regex(/^\d{1,4}$/)
  .transform(Number)
  .catch(0)

/** What a request's `wait` says; 0 without one. */
export function waitSeconds({ query }: Request): number {
  return waitSchema.parse(query.wait)
}

interface LongPollDeps {
  runs: Pick<Context['runs'], 'stopping'>
  metrics: Pick<NonNullable<Context['metrics']>, 'longPolls' | 'longPollNotKept'> | undefined
}

export type LongPoll = ReturnType<typeof createLongPoll>

/** All of a process share one. `runs.stopping`: the process is about to end, and nobody is kept waiting. */
export function createLongPoll({ runs, metrics }: LongPollDeps, most = OPEN_MOST) {
  const { stopping } = runs
  /** By owner. */
  const open = new Map<string, number>()
  let all = 0

  function count(owner: string, by: 1 | -1): void {
    const left = (open.get(owner) ?? 0) + by
    if (left > 0) open.set(owner, left)
    else open.delete(owner)
    all += by
    metrics?.longPolls(all)
  }

  /** What `read` gives as soon as `isNews` is true of it; else as it is when the caller has waited long enough or gone. */
  return async function poll<T>(
    { seconds, res }: { seconds: number; res: Response },
    owner: string,
    read: () => Promise<T>,
    isNews: (now: T, first: T) => boolean,
  ): Promise<T> {
    const first = await read()
    const deadline = Date.now() + Math.min(seconds, MOST_SECONDS) * 1000
    if (isNews(first, first) || deadline <= Date.now()) return first
    if ((open.get(owner) ?? 0) >= most.ofOwner || all >= most.ofAll) {
      res.set('Retry-After', String(RETRY_AFTER))
      metrics?.longPollNotKept()
      return first
    }
    const closed = new AbortController()
    res.once('close', () => closed.abort())
    const signal = AbortSignal.any([closed.signal, stopping])
    count(owner, 1)
    try {
      for (let now = first; ; now = await read()) {
        if (isNews(now, first) || signal.aborted || Date.now() >= deadline) return now
        const ms = Math.min(POLL_EVERY_MS, deadline - Date.now())
        await wait(ms, undefined, { signal }).catch(() => {})
      }
    } finally {
      count(owner, -1)
    }
  }
}
