// A visitor at an https app behind a proxy that ends TLS: every request goes to the instance in plain, as a proxy sends it.
import { createCookieJar } from '../browser/cookie-jar.ts'

export interface Hop {
  status: number
  location: string | undefined
  setCookies: string[]
  body: string
  headers: Headers
}

/** `publicUrl` is what people open, `origin` the instance. `proxied` is what the proxy adds to each request. */
export function createTlsVisitor(
  publicUrl: string,
  origin: string,
  proxied: Record<string, string> = {},
) {
  const jar = createCookieJar()
  const hops: Hop[] = []

  async function send(
    method: 'GET' | 'POST',
    url: URL,
    form?: Record<string, string>,
  ): Promise<Hop> {
    const ours = url.origin === publicUrl
    const target = ours ? new URL(url.pathname + url.search, origin) : url
    const cookie = ours ? jar.header(url) : undefined
    const answer = await fetch(target, {
      method,
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        ...(ours && proxied),
        ...(cookie && { cookie }),
        ...(form && { origin: publicUrl }),
      },
      ...(form && { body: new URLSearchParams(form) }),
    })
    const setCookies = answer.headers.getSetCookie()
    if (ours) jar.take(url, setCookies)
    const location = answer.headers.get('location')
    const hop: Hop = {
      status: answer.status,
      location: location === null ? undefined : new URL(location, url).href,
      setCookies,
      body: await answer.text(),
      headers: answer.headers,
    }
    if (ours) hops.push(hop)
    return hop
  }

  async function follow(first: Hop): Promise<Hop> {
    let at = first
    for (let hop = 0; at.location !== undefined && hop < 12; hop++)
      at = await send('GET', new URL(at.location))
    return at
  }

  return {
    jar,
    /** Answers of the app, in order. */
    hops,
    get: (path: string) => send('GET', new URL(path, publicUrl)),
    open: async (path: string) => follow(await send('GET', new URL(path, publicUrl))),
    post: async (path: string, form: Record<string, string>) =>
      follow(await send('POST', new URL(path, publicUrl), form)),
  }
}
