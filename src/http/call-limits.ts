// Call limits for each vendor host: a bulkhead (so many calls at once) and a circuit breaker (a rest while it is down).

const MAX_WAITING = 1_000
/** ms a call waits for a permit, if its deadline is not nearer. */
const WAIT_MS = 2_000
const FAILURES_TO_OPEN = 20
const OPEN_MS = 2_000
/** Origins remembered; vendors with a host for each tenant have any number of them. */
const MAX_ORIGINS = 256

const LEFT_ALONE = 'is being left alone after too many calls without an answer'
const NO_PERMIT = 'no place was free in time'

/** The call was not made: too many are under way, or the circuit breaker is open. Nothing was sent. */
export class NotSent extends Error {}

type CallLimit = ReturnType<typeof createCallLimit>

/** Call limits by origin. Beyond 256 origins the least recently used idle one is forgotten. */
export function createCallLimits(concurrency: number) {
  const limits = new Map<string, CallLimit>()
  return {
    of(origin: string): CallLimit {
      const limit = limits.get(origin) ?? createCallLimit(concurrency)
      limits.delete(origin)
      for (const [old, { isEmpty }] of limits) {
        if (limits.size < MAX_ORIGINS) break
        if (isEmpty()) limits.delete(old)
      }
      limits.set(origin, limit) // now the last of the map
      return limit
    },
    count: () => limits.size,
  }
}

function createCallLimit(concurrency: number) {
  const bulkhead = createSemaphore(concurrency)
  const breaker = createCircuitBreaker()

  async function acquirePermit(deadline: number): Promise<void> {
    if (breaker.isOpen()) throw new NotSent(LEFT_ALONE)
    const isTest = breaker.beginTest()
    if (bulkhead.tryAcquire()) return
    if (bulkhead.waiting() >= MAX_WAITING) throw new NotSent('too many calls are under way')
    const waitMs = Math.min(WAIT_MS, deadline - Date.now())
    if (!(await bulkhead.waitForPermit(waitMs))) throw new NotSent(NO_PERMIT)
    const isRefused = !isTest && breaker.isOpen() // the test's own beginning has opened it again
    if (!isRefused && Date.now() < deadline) return
    bulkhead.release()
    throw new NotSent(isRefused ? LEFT_ALONE : NO_PERMIT)
  }

  return {
    isEmpty: bulkhead.isIdle,

    /** @throws NotSent without a permit by `deadline` (ms since 1970), or what the call throws */
    async through<T>(call: () => Promise<T>, deadline: number): Promise<T> {
      await acquirePermit(deadline)
      try {
        return await breaker.observe(call)
      } finally {
        bulkhead.release()
      }
    },
  }
}

/** Opens after 20 failures in a row. From then on one call in 2 s tests the vendor, until one succeeds. */
function createCircuitBreaker() {
  let failures = 0
  let openUntil = 0

  return {
    isOpen: () => failures >= FAILURES_TO_OPEN && Date.now() < openUntil,

    /** Whether the caller's call is the test, as when one is due; the calls after it are refused for 2 s more. */
    beginTest(): boolean {
      const isDue = failures >= FAILURES_TO_OPEN
      if (isDue) openUntil = Date.now() + OPEN_MS
      return isDue
    },

    async observe<T>(call: () => Promise<T>): Promise<T> {
      try {
        const response = await call()
        failures = 0
        return response
      } catch (error) {
        failures += 1
        if (failures === FAILURES_TO_OPEN) openUntil = Date.now() + OPEN_MS
        throw error
      }
    },
  }
}

export type Semaphore = ReturnType<typeof createSemaphore>

/** Gives out `permits` permits; a permit that is released goes to whoever has waited longest. */
export function createSemaphore(permits: number) {
  let free = permits
  const waiting: (() => void)[] = []

  /** Joins the queue. Gives true with a permit, false when none came within `timeoutMs`; without it, it waits on. */
  function waitForPermit(timeoutMs?: number): Promise<boolean> {
    return new Promise((resolve) => {
      const giveUp = () => {
        waiting.splice(waiting.indexOf(proceed), 1)
        resolve(false)
      }
      const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs)
      const proceed = () => {
        clearTimeout(timer)
        resolve(true)
      }
      waiting.push(proceed)
    })
  }

  return {
    isIdle: () => free === permits,
    waiting: () => waiting.length,

    tryAcquire(): boolean {
      if (free === 0) return false
      free -= 1
      return true
    },

    waitForPermit,

    release(): void {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    },
  }
}
