// The script of the fake vendor: what each endpoint's next requests get, and gates that hold one of them.
import type { Endpoint, VendorRequest } from './fake-vendor.ts'
import type { Step } from './misbehave.ts'

/** A queue of steps for each endpoint, and one for when the queue is empty. */
export function createScript() {
  type Made = (request: VendorRequest) => Step
  const queues = new Map<Endpoint, Made[]>()
  const always = new Map<Endpoint, Made>()
  const held: (() => void)[] = []
  const enqueue = (endpoint: Endpoint, made: Made[]) =>
    void queues.set(endpoint, [...(queues.get(endpoint) ?? []), ...made])
  return {
    next: (endpoint: Endpoint, request: VendorRequest): Step =>
      queues.get(endpoint)?.shift()?.(request) ?? always.get(endpoint)?.(request) ?? {},
    /** The next requests of this endpoint are answered so, one step each. */
    script: (endpoint: Endpoint, steps: Step[]) =>
      enqueue(
        endpoint,
        steps.map((step) => () => step),
      ),
    /** All requests of this endpoint beyond the script are answered so; `{}` is good again. */
    always: (endpoint: Endpoint, step: Step) => void always.set(endpoint, () => step),
    /** The same, each by what is asked. */
    decide: (endpoint: Endpoint, made: Made) => void always.set(endpoint, made),
    /** Holds the next request of this endpoint, before its effect or after it, until released. */
    gate(endpoint: Endpoint, when: 'before' | 'after' = 'before', step: Step = {}) {
      const arrived = Promise.withResolvers<VendorRequest>()
      const open = Promise.withResolvers<void>()
      held.push(open.resolve)
      const made = (request: VendorRequest) => {
        arrived.resolve(request)
        return { ...step, hold: { when, until: open.promise } }
      }
      enqueue(endpoint, [made])
      return { arrived: arrived.promise, release: () => open.resolve() }
    },
    releaseAll: () => {
      for (const release of held) release()
    },
  }
}
