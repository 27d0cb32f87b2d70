// How a run lies in its hash: the fields of its head and of its items, as text.
import type { Item, Run, StoredItem } from './run.ts'

/** Characters of a campaign's name that a run keeps. */
const NAME_LENGTH = 120

/** Items to be changed: each has to be found as it was stored. */
export interface ItemChange {
  stored: StoredItem
  to: Item
}

/** Fields of a run's head; undefined empties one. */
export type RunHead = { [name in keyof Run]?: string | number | undefined }

export function field(index: number): string {
  return `i:${index}`
}

export function fresh(campaign: string, name: string): string {
  return JSON.stringify({
    campaign,
    name: [...name].slice(0, NAME_LENGTH).join(''),
    state: 'left',
    results: [],
  } satisfies Item)
}

export function texts(head: RunHead): Record<string, string> {
  return Object.fromEntries(
    Object.entries(head).map(([name, value]) => [name, String(value ?? '')]),
  )
}
