// Groups what went wrong in a run by its cause, once at the end of a run attempt, so that pages need not read every item.
import type { Cause, StoredItem } from './run.ts'

const KEPT = 5
const NAMES_KEPT = 5

/** The most frequent causes among the items that failed or are unknown. */
export async function failureSummary(items: AsyncIterable<StoredItem>): Promise<Cause[]> {
  const causes = new Map<string, Cause>()
  for await (const { item } of items) {
    const result = item.results.at(-1)
    if (!result || (item.state !== 'failed' && item.state !== 'unknown')) continue
    const known = `${result.kind} ${result.because} ${result.status} ${result.message}`
    const cause = causes.get(known) ?? { result, count: 0, names: [] }
    cause.count += 1
    if (cause.names.length < NAMES_KEPT) cause.names.push(item.name)
    causes.set(known, cause)
  }
  return [...causes.values()].sort((a, b) => b.count - a.count).slice(0, KEPT)
}
