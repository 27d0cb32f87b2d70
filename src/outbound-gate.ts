// Keeps one vendor's trouble from becoming ours: a bounded number of calls at once, and a rest when it is down.

/** Calls that may wait for a place, beyond those under way. */
const WAITING_MOST = 64
/** ms a call waits for a place. */
const WAIT_MS = 2_000
/** Calls in a row that got no answer, after which the vendor is left alone for a while. */
const FAILURES_TO_REST = 20
const REST_MS = 2_000

const LEFT_ALONE = 'is being left alone after too many calls without an answer'

/** The call was not made: too many are under way, or the vendor is being left alone. Nothing was sent. */
export class NotSent extends Error {}

export type Gate = ReturnType<typeof createGate>

/** A gate for one origin with `places` calls at once. After too many failures one call in 2 s goes through, to find out. */
export function createGate(places: number) {
  let free = places
  let failures = 0
  let restUntil = 0
  const waiting: (() => void)[] = []

  async function enter(): Promise<void> {
    if (isResting()) throw new NotSent(LEFT_ALONE)
    if (failures >= FAILURES_TO_REST) restUntil = Date.now() + REST_MS // this call finds out, the next ones wait
    if (free > 0) {
      free -= 1
      return
    }
    if (waiting.length >= WAITING_MOST) throw new NotSent('too many calls are under way')
    await place()
    if (!isResting()) return
    leave()
    throw new NotSent(LEFT_ALONE)
  }

  function isResting(): boolean {
    return failures >= FAILURES_TO_REST && Date.now() < restUntil
  }

  function place(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(go), 1)
        reject(new NotSent('no place was free in time'))
      }, WAIT_MS)
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
      const answer = await call()
      failures = 0
      return answer
    } catch (error) {
      failures += 1
      if (failures === FAILURES_TO_REST) restUntil = Date.now() + REST_MS
      throw error
    }
  }

  return {
    /** Does the call in its turn. @throws NotSent, or what the call throws */
    async through<T>(call: () => Promise<T>): Promise<T> {
      await enter()
      try {
        return await judged(call)
      } finally {
        leave()
      }
    },
  }
}
