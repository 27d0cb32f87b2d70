// One app beside another: figures over the rounds, and rows of Markdown.
import type { Figures } from './measure.ts'
import { median } from './numbers.ts'
import type { RoundTrips } from './round-trips.ts'

/** One app: a run in each round, and what it asks of Redis. */
export interface Measured {
  name: string
  isDurable: boolean
  rounds: Figures[]
  trips: RoundTrips
}

export type Pick = (figures: Figures) => number

/** The floor and ours, beside which the others are looked at. */
export const nameOf = { floor: 'raw', ours: 'ours' }

/** The median over the rounds. */
export function middle({ rounds }: Measured, pick: Pick): number {
  return median(rounds.map(pick))
}

/** The median of one to the other within each round, so that a machine that drifts takes both along. */
export function ratio({ rounds }: Measured, other: Measured, pick: Pick): number {
  return median(
    rounds.flatMap((figures, round) => {
      const beside = other.rounds[round]
      return beside ? [pick(figures) / pick(beside)] : []
    }),
  )
}

export function short(value: number): string {
  return value < 10 ? String(Number(value.toFixed(2))) : value.toFixed(0)
}

export function row(cells: string[]): string {
  return `| ${cells.join(' | ')} |`
}
