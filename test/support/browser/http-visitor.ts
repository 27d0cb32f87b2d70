// A person over HTTP, without a screen: cookies, Referer and Sec-Fetch headers as Chromium sends them, redirects by hand.
import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { Agent, type Dispatcher } from 'undici'
import { browserHeaders, type From, type HeaderChange, merged, ours } from './chromium-headers.ts'
import { createCookieJar, sessionIds } from './cookie-jar.ts'
import { type Action, readPage } from './page.ts'

const MOST_HOPS = 15

/** One answer, as the browser got it. */
export interface Visit extends From {
  method: string
  url: URL
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** From the request to the end of the answer. */
  ms: number
  /** Where it redirects to. */
  next: URL | undefined
}

/** An accessible name, or a test of the action. */
type Wanted = string | ((action: Action) => boolean)

export type Visitor = ReturnType<typeof createVisitor>

/** A person's HTTP client; `origin` is the app's, where paths without a host belong. */
export function createVisitor(origin: string) {
  const agent = new Agent({ keepAliveTimeout: 1_000 })
  const jar = createCookieJar()
  const visits: Visit[] = []

  /** A 307 of our own to a form is followed at once, as browsers do: the same form once more. */
  async function send(
    method: string,
    url: URL,
    from: From,
    change: HeaderChange = {},
    body?: string,
  ): Promise<Visit> {
    const visit = await sendOnce(method, url, from, change, body)
    const isRepeated =
      visit.status === 307 && method === 'POST' && visit.next?.origin === url.origin
    if (isRepeated && visit.next) return sendOnce(method, visit.next, from, change, body)
    // A problem is shown at an address of its own, where no code and no state can be read.
    return visit.next?.pathname === '/problem' ? sendOnce('GET', visit.next, from, change) : visit
  }

  async function sendOnce(
    method: string,
    url: URL,
    from: From,
    change: HeaderChange = {},
    body?: string,
  ): Promise<Visit> {
    const headers = merged(browserHeaders(method, url, from), {
      cookie: jar.header(url) ?? null,
      ...change,
    })
    const started = performance.now()
    const { statusCode: status, ...answer } = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: method as Dispatcher.HttpMethod,
      headers,
      body: body ?? null,
    })
    jar.take(url, [answer.headers['set-cookie'] ?? []].flat())
    const { location } = answer.headers
    const next =
      typeof location === 'string' && status >= 300 && status < 400
        ? new URL(location, url)
        : undefined
    const visit: Visit = {
      method,
      url,
      status,
      headers: answer.headers,
      body: await answer.body.text(),
      next,
      ms: performance.now() - started,
      ...from,
    }
    visits.push(visit)
    return visit
  }

  /** Opened by the person: address bar, bookmark, reload. */
  function get(path: string, change?: HeaderChange): Promise<Visit> {
    return send('GET', new URL(path, origin), { site: 'none', referer: undefined }, change)
  }

  /** As link scanners and previews ask. */
  const head = (path: string) =>
    send('HEAD', new URL(path, origin), { site: 'none', referer: undefined })

  /** A form of one of our pages; `change` can make it a form of somebody else. */
  function post(
    path: string,
    form: Record<string, string> | string,
    change?: HeaderChange,
  ): Promise<Visit> {
    const body = typeof form === 'string' ? form : new URLSearchParams(form).toString()
    const type = typeof form === 'string' ? 'application/json' : 'application/x-www-form-urlencoded'
    return send(
      'POST',
      new URL(path, origin),
      ours(`${origin}/campaigns`),
      { 'content-type': type, ...change },
      body,
    )
  }

  /** Goes where it redirects to, at most 15 times, or until `stop` says that this one is not to be opened. */
  async function follow(visit: Visit, stop: (next: URL) => boolean = () => false): Promise<Visit> {
    let at = visit
    for (let hops = 0; at.next && !stop(at.next); hops++) {
      if (hops === MOST_HOPS)
        throw new Error(`more than ${MOST_HOPS} redirects, the last to ${at.next}`)
      const site = at.site === 'none' || at.next.origin === origin ? at.site : 'cross-site'
      const referer = at.referer?.startsWith(at.next.origin) ? at.referer : undefined
      at = await send('GET', at.next, { site, referer })
    }
    return at
  }

  /** As `follow`; a page that asks to be opened again after some seconds is, as a browser does. */
  async function followThrough(visit: Visit): Promise<Visit> {
    const end = await follow(visit)
    const seconds = Number(end.headers.refresh)
    if (!(seconds > 0)) return end
    await wait(seconds * 1000)
    return follow(await send('GET', end.url, { site: end.site, referer: end.referer }))
  }

  /** Presses what has this accessible name on the page, or fits otherwise; gives the answer, not yet followed. */
  async function press(page: Visit, wanted: Wanted, change?: HeaderChange): Promise<Visit> {
    const { actions } = readPage(page.body)
    const action = actions.find((one) =>
      typeof wanted === 'string' ? one.name === wanted : wanted(one),
    )
    if (!action)
      throw new Error(
        `"${wanted}" is not on ${page.url}: ${actions.map(({ name }) => name).join(', ')}`,
      )
    const from = ours(page.headers['referrer-policy'] === 'no-referrer' ? undefined : page.url.href)
    if (action.post === undefined)
      return send('GET', new URL(action.href ?? '', page.url), from, change)
    const type = { 'content-type': 'application/x-www-form-urlencoded', ...change }
    const body = new URLSearchParams(action.fields).toString()
    return send('POST', new URL(action.post, page.url), from, type, body)
  }

  return {
    jar,
    visits,
    get,
    head,
    post,
    follow,
    followThrough,
    press,
    /** `get` and `press`, followed to the end. */
    open: async (path: string) => follow(await get(path)),
    click: async (page: Visit, wanted: Wanted) => follow(await press(page, wanted)),
    sessionIds: () => sessionIds(jar),
    close: () => agent.close(),
  }
}
