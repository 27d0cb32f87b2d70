// The time a run takes, in words: as long as it was measured, and when access ends before that.
import type { Run } from '../../runs/run.ts'
import type { Vendor } from '../../vendors/vendor.ts'

/** ms before its end in which access ends soon, where nobody knows how long the run still takes. */
const SOON_MS = 60_000

/** "less than a second", "about 12 minutes". */
export function roughly(ms: number): string {
  const text = duration(ms)
  return text.startsWith('less') ? text : `about ${text}`
}

/** "less than a second", "40 seconds", "12 minutes", "3 hours". */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 1) return 'less than a second'
  if (seconds < 60) return seconds === 1 ? '1 second' : `${seconds} seconds`
  const minutes = Math.round(ms / 60_000)
  if (minutes < 90) return minutes === 1 ? '1 minute' : `${minutes} minutes`
  return `${Math.round(minutes / 60)} hours`
}

export function factsOf(run: Run, { name }: Vendor, nowSending: string | undefined): string[] {
  const now = Date.now()
  const left = msLeft(run, now)
  return [
    nowSending === undefined ? [] : `now sending ${nowSending}`,
    `running for ${duration(run.workedMs + (run.legAt ? now - run.legAt : 0))}`,
    left === undefined ? [] : `${roughly(left)} left`,
    run.accessEndsAt === undefined
      ? []
      : `access ends in ${duration(Math.max(0, run.accessEndsAt - now))}`,
    (run.waitUntil ?? 0) > now
      ? `${name} asked us to slow down; it goes on in ${Math.ceil(((run.waitUntil ?? 0) - now) / 1000)} s`
      : [],
  ].flat()
}

/** Said while it goes on, when access ends before it is likely to: renewed in time it does not pause. */
export function shortAccessText(run: Run, { name }: Pick<Vendor, 'name'>): string | undefined {
  const now = Date.now()
  const isSoon =
    (run.accessEndsAt ?? Number.POSITIVE_INFINITY) - now < (msLeft(run, now) ?? SOON_MS)
  if (!isSoon || run.left === 0) return undefined
  return `Access to ${name} ends soon, and ${run.left.toLocaleString('en')} ${run.left === 1 ? 'is' : 'are'} left.`
}

/** Milliseconds left, by the throughput of this run attempt; undefined before three campaigns are settled. */
export function msLeft(run: Run, now: number): number | undefined {
  const settled = run.legLeft - run.left
  return run.legAt && settled >= 3 ? ((now - run.legAt) / settled) * run.left : undefined
}
