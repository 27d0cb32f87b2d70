// Where the next page of a vendor's list is, in the ways that vendors say it. Pure.
import type { Find } from './api-schema.ts'
import { at, isValue, type ReadResponse } from './match.ts'

export interface Where {
  url?: string
  member?: Record<string, string | number>
}

export interface FoundPage {
  url: string
  response: ReadResponse
}

/** Where the next page is. At another origin, or at none, it is not read: our token would go there. */
export function nextPage(
  { next }: Find,
  { url, response }: FoundPage,
  { seen, page }: { seen: number; page: number },
): Where | 'elsewhere' | undefined {
  if (!next) return undefined
  if ('offset' in next) return { url: withParam(url, next.offset, String(seen)) }
  if ('page' in next) {
    const isLast = page >= Number(at(response.json, next.pages) ?? 1)
    return isLast ? undefined : { url: withParam(url, next.page, String(page + 1)) }
  }
  if ('value' in next) return byValue(next, url, response)
  const target = 'url' in next ? at(response.json, next.url) : linkTarget(response)
  if (typeof target !== 'string' || target === '') return undefined
  const absolute = URL.parse(target, url)
  return absolute?.origin === new URL(url).origin ? { url: absolute.href } : 'elsewhere'
}

type ByValue = Extract<NonNullable<Find['next']>, { value: unknown }>

function byValue(next: ByValue, url: string, { json }: ReadResponse): Where | undefined {
  const value = at(json, next.value)
  if (!isValue(value)) return undefined
  if ('member' in next) return { member: { [next.member]: value } }
  const goesOn = next.while === undefined || Boolean(at(json, next.while))
  return goesOn ? { url: withParam(url, next.param, String(value)) } : undefined
}

function withParam(url: string, name: string, value: string): string {
  const changed = new URL(url)
  changed.searchParams.set(name, value)
  return changed.href
}

/** RFC 8288, as far as `rel="next"`. */
function linkTarget({ headers }: ReadResponse): string | undefined {
  const link = [headers.link ?? []].flat().join(', ')
  return /<([^>]+)>\s*;[^,]*\brel="?next"?/i.exec(link)?.[1]
}
