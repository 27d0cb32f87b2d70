// The campaigns of a first look: their dates keep their season and move on by whole years, so that they never look old.
import { join } from 'node:path'
import type { Campaign } from './campaign.ts'

export const SAMPLE_FILE = join(import.meta.dirname, 'sample.json')

/** Days after its start for which a campaign stays in its year. */
const PAST_DAYS = 90

/** Moves start and end by as many years as bring the start to at most ninety days before `today`. */
export function inThisSeason(campaigns: readonly Campaign[], today: Date): Campaign[] {
  const earliest = new Date(today.getTime() - PAST_DAYS * 86_400_000)
  return campaigns.map((campaign) => {
    const { startDate, endDate } = campaign
    if (startDate === undefined) return campaign
    const years = yearsTo(startDate, earliest.toISOString().slice(0, 10))
    return {
      ...campaign,
      startDate: later(startDate, years),
      ...(endDate !== undefined && { endDate: later(endDate, years) }),
    }
  })
}

/** The least number of years, forward or back, that brings a day to `earliest` or after. */
function yearsTo(day: string, earliest: string): number {
  const years = Number(earliest.slice(0, 4)) - Number(day.slice(0, 4))
  return later(day, years) >= earliest ? years : years + 1
}

/** The same day of another year; the 28th for the 29th of February. */
function later(day: string, years: number): string {
  const monthDay = day.slice(4) === '-02-29' ? '-02-28' : day.slice(4)
  return `${Number(day.slice(0, 4)) + years}${monthDay}`
}
