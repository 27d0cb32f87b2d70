// Rate limits on what costs a vendor or the store something: sync, connect and callback.
import type { Request, RequestHandler } from 'express'
import { ipKeyGenerator, type Store as RateStore, rateLimit } from 'express-rate-limit'
import type { Context } from '../../context.ts'
import { HttpProblem } from '../../errors.ts'
import { ownerIfAny } from '../../session/session.ts'
import type { Store } from '../../store/store.ts'

const WINDOW_MS = 60_000

/** By session, as people behind one address share no limit; else by address. While the store is away nobody is limited. */
export function limited({ config, store }: Context, what: string): RequestHandler {
  const limit = config.rateLimit
  if (limit === 0) return (_req, _res, next) => next()
  const bySession = atMost(limit, (req) => ownerIfAny(req) ?? '', countsIn(store, what))
  const byAddress = limitedByAddress(limit)
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
  return atMost(limit, keyOf, countsIn(store, what))
}

/** At most so many requests a minute from one address, as this process counts them. */
export function limitedByAddress(limit: number): RequestHandler {
  return atMost(limit, (req) => ipKeyGenerator(req.ip ?? ''))
}

function atMost(
  limit: number,
  keyGenerator: (req: Request) => string,
  store?: RateStore,
): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit,
    standardHeaders: false,
    legacyHeaders: false,
    handler: slowDown,
    keyGenerator,
    ...(store && { store }),
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

function slowDown(_req: Request): never {
  const seconds = Math.ceil((WINDOW_MS - (Date.now() % WINDOW_MS)) / 1000)
  throw new HttpProblem({
    code: 'E-TOO-MANY',
    status: 429,
    heading: 'That was a lot at once',
    text: `Nothing was sent. Try again in ${seconds} seconds.`,
    retryAfter: seconds,
  })
}
