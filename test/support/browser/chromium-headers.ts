// The headers Chromium sends with a page it opens, and changes to them.

type Site = 'none' | 'same-origin' | 'cross-site'

/** Merged over what the browser sends by itself; null removes one. */
export type HeaderChange = Record<string, string | null>

/** Where a request comes from: by whose doing, and from which page. */
export interface From {
  site: Site
  referer: string | undefined
}

/** From one of our own pages; undefined when that page keeps its address to itself. */
export function ours(page: string | undefined): From {
  return { site: 'same-origin', referer: page }
}

export function browserHeaders(method: string, url: URL, { site, referer }: From): HeaderChange {
  return {
    accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
    'accept-language': 'en',
    'upgrade-insecure-requests': '1',
    'sec-fetch-dest': 'document',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-site': site,
    'sec-fetch-user': '?1',
    referer: referer ?? null,
    ...(method === 'POST' && { origin: url.origin }),
  }
}

export function merged(base: HeaderChange, change: HeaderChange): Record<string, string> {
  const all = Object.entries({ ...base, ...change })
  return Object.fromEntries(all.flatMap(([name, value]) => (value === null ? [] : [[name, value]])))
}
