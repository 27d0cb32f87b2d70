// A visitor with a browser's cookies, who syncs one campaign: by one request when warm, by the whole dance when not.
import { z } from 'zod'
import { exchange } from './http.ts'
import { CAMPAIGNS } from './workload.ts'

/** A running app as visitors see it. Further origins are other processes of the same app. */
export interface Site {
  origins: string[]
  method: 'GET' | 'POST'
}

export type Visitor = ReturnType<typeof createVisitor>

/** What an app says in the end. `uncertain`: it does not know whether the vendor got the push, and asks. */
export type Said = 'synced' | 'failed' | 'uncertain'

const JSON_TYPE = 'application/json'
const saidSchema = z.object({ status: z.enum(['Synced', 'Unknown', 'Failed', 'Not synced']) })
const SAID = {
  Synced: 'synced',
  Unknown: 'uncertain',
  Failed: 'failed',
  'Not synced': undefined,
} as const

const MOST_REDIRECTS = 10
const GUIDED_AT_ONCE = 16
let made = 0

/** An empty jar, and a campaign: the next one. */
export function createVisitor({ origins, method }: Site, campaign = `c${made++ % CAMPAIGNS}`) {
  const page = `/campaigns/${campaign}`
  const [first = ''] = origins
  const done = new Set([page, ...origins.map((origin) => origin + page)])
  const jar = new Map<string, string>()
  let cookie = ''

  /** One request; gives the address it leads on to. */
  async function go(url: string, method: 'GET' | 'POST' = 'GET'): Promise<string> {
    const isApp = origins.some((origin) => url.startsWith(origin))
    const { status, headers } = await exchange(url, {
      method,
      headers: isApp && cookie ? { cookie } : {},
    })
    if (isApp && headers['set-cookie']) take(headers['set-cookie'])
    if (headers.location === undefined) throw new Error(`${method} ${url}: ${status}, no way on`)
    return headers.location
  }

  function take(lines: string | string[]): void {
    for (const line of [lines].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  return {
    /** One click with access already granted. @throws when it leads anywhere but back to the campaign */
    async sync(origin = first): Promise<void> {
      const location = await go(`${origin}${page}/sync`, method)
      if (!done.has(location)) throw new Error(`a warm sync led to ${location}`)
    },

    /** One press, which may come again under the same name. What the app says of it; undefined: not yet, or no answer. */
    async press(press: string): Promise<Said | undefined> {
      const isForm = method === 'GET'
      const { status, headers, body } = await exchange(
        `${first}${page}/sync${isForm ? `?press=${press}` : ''}`,
        {
          method,
          headers: { cookie, ...(!isForm && { 'idempotency-key': press, accept: JSON_TYPE }) },
          keepBody: true,
        },
      )
      if (isForm) return done.has(headers.location ?? '') ? 'synced' : 'failed'
      if (status !== 200) return undefined
      return SAID[saidSchema.parse(JSON.parse(body)).status]
    },

    /** A click without access: to the vendor, back, and pushed. @throws when it does not end so */
    async dance(): Promise<void> {
      let location = await go(`${first}${page}/sync`, method)
      for (let redirects = 0; !done.has(location); redirects++) {
        if (redirects === MOST_REDIRECTS) throw new Error('redirected for ever')
        location = await go(location.startsWith('/') ? first + location : location)
      }
    },

    /** Opens a page of the app. */
    async open(path: string): Promise<void> {
      const { status, headers } = await exchange(first + path, { headers: { cookie } })
      if (headers['set-cookie']) take(headers['set-cookie'])
      if (status !== 200) throw new Error(`GET ${path}: ${status}`)
    },
  }
}

/** As many visitors as asked, each with access to a campaign. */
export async function establish(site: Site, count: number): Promise<Visitor[]> {
  const visitors = Array.from({ length: count }, () => createVisitor(site))
  const waiting = visitors.values()
  const guide = async () => {
    for (const visitor of waiting) await visitor.dance()
  }
  await Promise.all(Array.from({ length: GUIDED_AT_ONCE }, guide))
  return visitors
}

/**
 * Warm syncs of these visitors, in turn. Nobody clicks twice at once: two such clicks are one push.
 * @throws when everybody is at it
 */
export function warm(
  visitors: Visitor[],
  sync = (visitor: Visitor) => visitor.sync(),
): () => Promise<void> {
  const idle = [...visitors]
  return async () => {
    const visitor = idle.shift()
    if (!visitor) throw new Error('more clicks at once than visitors')
    await sync(visitor).finally(() => idle.push(visitor))
  }
}

/** Whole dances, each of a new visitor. */
export function dances(site: Site): () => Promise<void> {
  return () => createVisitor(site).dance()
}
