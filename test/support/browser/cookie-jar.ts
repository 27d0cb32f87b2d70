// Cookies as a browser keeps them: by host and path, not by port.

export type CookieJar = ReturnType<typeof createCookieJar>

export function createCookieJar() {
  const kept = new Map<string, { host: string; path: string; name: string; value: string }>()
  const given: string[] = []
  return {
    /** Every Set-Cookie line there ever was. */
    given,

    /** The Cookie header for a request, if there is one. */
    header(url: URL): string | undefined {
      const sent = [...kept.values()].filter(
        ({ host, path }) => host === url.hostname && url.pathname.startsWith(path),
      )
      return sent.length > 0
        ? sent.map(({ name, value }) => `${name}=${value}`).join('; ')
        : undefined
    },

    take(url: URL, lines: string[]): void {
      for (const line of lines) {
        given.push(line)
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        const path = /;\s*path=([^;]+)/i.exec(line)?.[1] ?? '/'
        const expires = Date.parse(/;\s*expires=([^;]+)/i.exec(line)?.[1] ?? '')
        const maxAge = /;\s*max-age=(-?\d+)/i.exec(line)?.[1] // counts before Expires (RFC 6265 §5.3)
        const over = maxAge === undefined ? expires <= Date.now() : Number(maxAge) <= 0
        const key = `${url.hostname} ${path} ${name}`
        if (over) kept.delete(key)
        else kept.set(key, { host: url.hostname, path, name, value })
      }
    },

    /** What a cookie of this name holds, wherever it is from. */
    value: (name: string) => [...kept.values()].find((cookie) => cookie.name === name)?.value,
    forget: () => kept.clear(),
    names: () => [...kept.values()].map(({ name }) => name),
  }
}

/** The ids of all sessions a jar was ever given: `s:<id>.<signature>` in the cookie. */
export function sessionIds({ given }: CookieJar): string[] {
  const ids = given.flatMap((line) => {
    const value = /^(?:__Host-)?campaign-sync=([^;]+)/.exec(line)?.[1]
    return value === undefined
      ? []
      : [/^s:([^.]+)\./.exec(decodeURIComponent(value))?.[1] ?? []].flat()
  })
  return [...new Set(ids)]
}
