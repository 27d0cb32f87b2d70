// Does things in groups: what is asked for while one group is under way goes with the next.

/** Gives a function that is `work` for one; `work` gets the groups, one after another, and gives a result for each. */
export function batched<T, R>(work: (group: T[]) => Promise<R[]>): (one: T) => Promise<R> {
  let waiting: { one: T; done(result: R): void; failed(error: unknown): void }[] = []
  let busy = false

  async function go(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        const results = await work(group.map(({ one }) => one))
        for (const [index, { done }] of group.entries()) done(results[index] as R)
      } catch (error) {
        for (const { failed } of group) failed(error)
      }
    }
    busy = false
  }

  return (one) =>
    new Promise((done, failed) => {
      waiting.push({ one, done, failed })
      if (busy) return
      busy = true
      setImmediate(() => void go())
    })
}
