// `?wait=30`: answers when something has changed, or when that many seconds are over.
import { setTimeout as wait } from 'node:timers/promises'
import type { Request, Response } from 'express'
import { z } from 'zod'

const MOST_SECONDS = 30
const POLL_EVERY_MS = 250
/** Open ones of one owner in one process; a further one is answered at once. */
const OPEN_MOST = 12

const waitSchema = z
  .string()
  .regex(/^\d{1,4}$/)
  .transform(Number)
  .catch(0)

/** What a request's `wait` says; 0 without one. */
export function waitSeconds({ query }: Request): number {
  return waitSchema.parse(query.wait)
}

export type LongPoll = ReturnType<typeof createLongPoll>

/** `stopping`: the process is about to end, and nobody is kept waiting. */
export function createLongPoll(stopping: AbortSignal) {
  /** By owner. */
  const open = new Map<string, number>()

  /** What `read` gives as soon as `isNews` is true of it; else as it is when the caller has waited long enough or gone. */
  return async function poll<T>(
    { seconds, res }: { seconds: number; res: Response },
    owner: string,
    read: () => Promise<T>,
    isNews: (now: T, first: T) => boolean,
  ): Promise<T> {
    const first = await read()
    const others = open.get(owner) ?? 0
    const deadline = Date.now() + Math.min(seconds, MOST_SECONDS) * 1000
    if (isNews(first, first) || deadline <= Date.now() || others >= OPEN_MOST) return first
    const closed = new AbortController()
    res.once('close', () => closed.abort())
    const signal = AbortSignal.any([closed.signal, stopping])
    open.set(owner, others + 1)
    try {
      for (let now = first; ; now = await read()) {
        if (isNews(now, first) || signal.aborted || Date.now() >= deadline) return now
        const ms = Math.min(POLL_EVERY_MS, deadline - Date.now())
        await wait(ms, undefined, { signal }).catch(() => {})
      }
    } finally {
      const left = (open.get(owner) ?? 1) - 1
      if (left > 0) open.set(owner, left)
      else open.delete(owner)
    }
  }
}
