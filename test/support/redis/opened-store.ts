// A store opened for one test: its events are kept, and it is closed when the test ends.
import type { TestContext } from 'vitest'
import type { OpenStore } from '../../../src/store/store.ts'

/** A store, and the names of the events it logged. */
export async function opened<S extends OpenStore>(
  { onTestFinished }: TestContext,
  opening: (log: (event: string) => void) => Promise<S>,
) {
  const events: string[] = []
  const store = await opening((event) => events.push(event))
  onTestFinished(store.close)
  return { store, events }
}

/** How a command ended, or the message of its error; and how long that took. */
export async function timed(command: Promise<unknown>) {
  const start = performance.now()
  const message = await command.then(String, (error: Error) => error.message)
  return { message, ms: performance.now() - start }
}
