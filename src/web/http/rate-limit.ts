// Rate limits on what costs a vendor or the store something: sync, connect and callback.
import type { Request, RequestHandler } from 'express'
import { ipKeyGenerator, type Store as RateStore, rateLimit } from 'express-rate-limit'
import type { Context } from '../../context.ts'
import { HttpProblem } from '../../errors.ts'
import { ownerIfAny } from '../../session/session.ts'
import type { Store } from '../../store/store.ts'

export const WINDOW_MS = 60_000

/** By session, as people behind one address share no limit; else by address. While the store is away nobody is limited. */
export function limited({ config, store }: Context, what: string): RequestHandler {
  const limit = config.rateLimit
  if (limit === 0) return (_req, _res, next) => next()
  const shared = {
    windowMs: WINDOW_MS,
    limit,
    standardHeaders: false as const,
    legacyHeaders: false,
    handler: slowDown,
  }
  const bySession = rateLimit({
    ...shared,
    store: countsIn(store, what),
    keyGenerator: (req) => ownerIfAny(req) ?? '',
  })
  const byAddress = rateLimit({ ...shared, keyGenerator: (req) => ipKeyGenerator(req.ip ?? '') })
  return (req, res, next) => (ownerIfAny(req) === undefined ? byAddress : bySession)(req, res, next)
}

/** Limits the requests per minute of whatever `keyOf` names, in our store. */
export function limitedBy(
  { config, store }: Context,
  what: string,
  keyOf: (req: Request) => string,
): RequestHandler {
  const limit = config.rateLimit
  if (limit === 0) return (_req, _res, next) => next()
  return rateLimit({
    windowMs: WINDOW_MS,
    limit,
    standardHeaders: false,
    legacyHeaders: false,
    handler: slowDown,
    store: countsIn(store, what),
    keyGenerator: keyOf,
  })
}

/** Counts by owner and minute in our store, for all instances together. */
function countsIn(store: Store, what: string): RateStore {
  const counterOf = (owner: string) => {
    const minute = Math.floor(Date.now() / WINDOW_MS)
    return {
      key: `rate:{${owner}}:${what}:${minute}`,
      resetTime: new Date((minute + 1) * WINDOW_MS),
    }
  }
  return {
    prefix: what, // else the library takes two limits of one request for one that counts twice
    async increment(owner) {
      const { key, resetTime } = counterOf(owner)
      try {
        return { totalHits: await store.incr(key, WINDOW_MS / 1000), resetTime }
      } catch {
        return { totalHits: 1, resetTime } // the route itself tells that the store is away
      }
    },
    decrement: () => {},
    async resetKey(owner) {
      await store.del(counterOf(owner).key)
    },
  }
}

export function slowDown(_req: Request): never {
  const seconds = Math.ceil((WINDOW_MS - (Date.now() % WINDOW_MS)) / 1000)
  throw new HttpProblem({
    code: 'E-TOO-MANY',
    status: 429,
    heading: 'That was a lot at once',
    text: `Nothing was sent. Try again in ${seconds} seconds.`,
    retryAfter: seconds,
  })
}
