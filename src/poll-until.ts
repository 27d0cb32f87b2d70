// Waits for something that others do, by looking again and again until a deadline.
import { setTimeout as wait } from 'node:timers/promises'

/** `every` in ms; `deadline` in ms since 1970. */
interface PollTimes {
  every: number
  deadline: number
}

/** Whether `check` came true by the deadline. It is called at once, and once at least. Rejects when it does. */
export async function pollUntil(
  check: () => Promise<boolean>,
  { every, deadline }: PollTimes,
): Promise<boolean> {
  for (;;) {
    if (await check()) return true
    if (Date.now() >= deadline) return false
    await wait(every)
  }
}
