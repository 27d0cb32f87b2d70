// A counting semaphore: at most so many things at once, and whoever waits longest is next.

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
