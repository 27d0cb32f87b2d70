// The orders, the search and the choices of a long list of campaigns: worked out once for each version of the file.
import type { Campaign } from './campaign.ts'

export const FIELDS = ['name', 'type', 'starts', 'budget'] as const
export type Field = (typeof FIELDS)[number]

type List = readonly Campaign[]

const compareText = new Intl.Collator('en', { numeric: true, sensitivity: 'base' }).compare
const orders = new WeakMap<List, Map<string, List>>()
const texts = new WeakMap<List, Map<string, string>>()

/** The list by a field; campaigns that lack it come last in both directions, equal ones in the file's order. */
export function inOrderOf(list: List, field: Field, down: boolean): List {
  const known = orders.get(list) ?? new Map<string, List>()
  orders.set(list, known)
  const key = `${field}${down}`
  const order = known.get(key) ?? sorted(list, field, down)
  known.set(key, order)
  return order
}

/** Whether a campaign has every word of `search` in its name, type, owner or id, in any case, accents aside. */
export function searchIn(list: List, search: string): (campaign: Campaign) => boolean {
  const words = plain(search).split(/\s+/).filter(Boolean)
  if (words.length === 0) return () => true
  let known = texts.get(list)
  if (!known) {
    known = new Map(list.map((campaign) => [campaign.id, textOf(campaign)]))
    texts.set(list, known)
  }
  return ({ id }) => words.every((word) => known.get(id)?.includes(word))
}

const choices = new WeakMap<List, { type: string[]; owner: string[] }>()

/** The types and the owners that occur, in order. */
export function choicesIn(list: List): { type: string[]; owner: string[] } {
  let known = choices.get(list)
  if (!known) {
    known = {
      type: distinct(list.map(({ type }) => type)),
      owner: distinct(list.map(({ owner }) => owner)),
    }
    choices.set(list, known)
  }
  return known
}

function distinct(texts: (string | undefined)[]): string[] {
  return [...new Set(texts.filter((text) => text !== undefined))].sort(compareText)
}

const values: Record<Field, (campaign: Campaign) => string | number | undefined> = {
  name: ({ name }) => name,
  type: ({ type }) => type,
  starts: ({ startDate }) => startDate,
  budget: ({ budget }) => budget,
}

function sorted(list: List, field: Field, down: boolean): List {
  const read = values[field]
  const given = list.filter((campaign) => read(campaign) !== undefined)
  const lacking = list.filter((campaign) => read(campaign) === undefined)
  const way = down ? -1 : 1
  return [...given.sort((a, b) => way * compare(read(a), read(b))), ...lacking]
}

function compare(a: string | number | undefined, b: string | number | undefined): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : compareText(String(a), String(b))
}

function textOf({ id, name, type, owner }: Campaign): string {
  return plain([name.slice(0, 500), type, owner ?? '', id].join('\n'))
}

const plain = (text: string) => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
