// Which URLs this app sends requests to: https, and http only within this machine or a private network.

/** Why this app does not send to a URL; undefined when it does. */
export function urlFault(text: string): string | undefined {
  const url = URL.parse(text)
  if (!url) return `"${text}" is not a URL`
  if (url.username !== '' || url.password !== '') return 'must not have a user or password in it'
  const near = /^(localhost|127\.0\.0\.1|\[::1\]|[a-z0-9-]+)$/.test(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && near)
    ? undefined
    : 'must be https'
}
