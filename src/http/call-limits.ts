// Keeps one vendor's trouble from becoming ours: a bounded number of calls at once, and a rest when it is down.

/** Calls that may wait for a place, beyond those under way. */
const WAITING_MOST = 1_000
/** ms a call waits for a place, if its deadline is not nearer. */
const WAIT_MS = 2_000
/** Calls in a row that got no answer, after which the vendor is left alone for a while. */
const FAILURES_TO_REST = 20
const REST_MS = 2_000
/** Origins remembered; vendors with a host for each tenant have any number of them. */
const ORIGINS_MOST = 256

const LEFT_ALONE = 'is being left alone after too many calls without an answer'
const NO_PLACE = 'no place was free in time'

/** The call was not made: too many are under way, or the vendor is being left alone. Nothing was sent. */
export class NotSent extends Error {}

type CallLimit = ReturnType<typeof createCallLimit>

/** A gate of `places` for each origin. Beyond 256 the one that was not used for longest is forgotten, if nobody is in it. */
export function createCallLimits(concurrency: number) {
  const limits = new Map<string, CallLimit>()
  return {
    of(origin: string): CallLimit {
      const limit = limits.get(origin) ?? createCallLimit(concurrency)
      limits.delete(origin)
      for (const [old, { isEmpty }] of limits) {
        if (limits.size < ORIGINS_MOST) break
        if (isEmpty()) limits.delete(old)
      }
      limits.set(origin, limit) // now the last of the map
      return limit
    },
    count: () => limits.size,
  }
}

/** A gate for one origin with `places` calls at once. After too many failures one call in 2 s goes through, to find out. */
function createCallLimit(concurrency: number) {
  let free = concurrency
  let failures = 0
  let restUntil = 0
  const waiting: (() => void)[] = []

  async function enter(deadline: number): Promise<void> {
    if (isResting()) throw new NotSent(LEFT_ALONE)
    if (failures >= FAILURES_TO_REST) restUntil = Date.now() + REST_MS // this call finds out, the next ones wait
    if (free > 0) {
      free -= 1
      return
    }
    if (waiting.length >= WAITING_MOST) throw new NotSent('too many calls are under way')
    await waitTurn(Math.min(WAIT_MS, deadline - Date.now()))
    if (!isResting() && Date.now() < deadline) return
    leave()
    throw new NotSent(isResting() ? LEFT_ALONE : NO_PLACE)
  }

  function isResting(): boolean {
    return failures >= FAILURES_TO_REST && Date.now() < restUntil
  }

  function waitTurn(waitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(go), 1)
        reject(new NotSent(NO_PLACE))
      }, waitMs)
      const go = () => {
        clearTimeout(timer)
        resolve()
      }
      waiting.push(go)
    })
  }

  function leave(): void {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }

  async function judged<T>(call: () => Promise<T>): Promise<T> {
    try {
      const response = await call()
      failures = 0
      return response
    } catch (error) {
      failures += 1
      if (failures === FAILURES_TO_REST) restUntil = Date.now() + REST_MS
      throw error
    }
  }

  return {
    isEmpty: () => free === concurrency,

    /** Does the call in its turn, begun before `deadline` (ms since 1970). @throws NotSent, or what the call throws */
    async through<T>(call: () => Promise<T>, deadline: number): Promise<T> {
      await enter(deadline)
      try {
        return await judged(call)
      } finally {
        leave()
      }
    },
  }
}
