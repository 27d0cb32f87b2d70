// The bar of a run: what was synced, skipped, is unknown and failed, one after another, and the rest.
import type { Run } from '../../runs/run.ts'
import type { BarPart, RunView } from './view-models.ts'

/** Percent that one failed campaign of many has at least, to be seen. */
const LEAST = 0.6

export function barOf(run: Run): RunView['bar'] {
  const { sent, skipped, unknown, failed, left, total } = run
  const counts: [BarPart, number][] = [
    ['skipped', skipped],
    ['unknown', unknown],
    ['failed', failed],
    ['rest', left],
  ]
  const shares = counts.map(([part, count]) => [part, widthOf(count, total)] as const)
  const others = shares.reduce((sum, [, width]) => sum + width, 0)
  const all = [['synced', sent === 0 ? 0 : Math.max(0, 100 - others)] as const, ...shares]
  let from = 0
  return all.flatMap(([part, width]) => {
    const begin = from
    from += width
    return width === 0 ? [] : [{ part, from: rounded(begin), width: rounded(width) }]
  })
}

export function barTextOf({ total, left, failed, unknown }: Run): string {
  const done = `${(total - left).toLocaleString('en')} of ${total.toLocaleString('en')} done`
  const bad = [
    failed > 0 ? `, ${failed.toLocaleString('en')} failed` : '',
    unknown > 0 ? `, ${unknown.toLocaleString('en')} unknown` : '',
  ]
  return done + bad.join('')
}

function widthOf(count: number, total: number): number {
  return count === 0 ? 0 : Math.max(LEAST, (count / total) * 100)
}

function rounded(percent: number): number {
  return Math.round(percent * 100) / 100
}
