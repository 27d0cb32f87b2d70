// The canary: looks for every secret in everything that leaves the app, in plain, base64, hex and URL-encoded.
import type { Visit, Visitor } from '../browser/http-visitor.ts'
import type { Entry } from '../redis/store-dump.ts'
import type { FakeVendor, VendorRequest } from '../vendor/fake-vendor.ts'

const KINDS = [
  'client secret',
  'token',
  'code',
  'state',
  'verifier',
  'session secret',
  'encryption key',
  'session id',
  'hand-over',
  'notice secret',
  'api token',
] as const
type SecretKind = (typeof KINDS)[number]
export type Secrets = Partial<Record<SecretKind, string[]>>

/** A text that was seen, and the kinds of secret that belong there. */
interface SeenText {
  name: string
  text: string
  allowed?: SecretKind[]
}

/** The secrets that a vendor gave out or was given. */
export function secretsOf({ values }: Pick<FakeVendor, 'values'>): Secrets {
  const { clientSecrets, tokens, codes, states, verifiers } = values()
  return {
    'client secret': clientSecrets,
    token: tokens,
    code: codes,
    state: states,
    verifier: verifiers,
  }
}

/** What the settings of an app hold: the sign-in's client secret, and where notices go. */
export function secretsOfSettings(environment: Record<string, string>): Secrets {
  const { OIDC_CLIENT_SECRET, NOTIFY_SMTP_URL, NOTIFY_SLACK_URL, NOTIFY_WEBHOOK_SECRET } =
    environment
  const password = URL.parse(NOTIFY_SMTP_URL ?? '')?.password
  return {
    'client secret': [OIDC_CLIENT_SECRET].filter((one) => one !== undefined),
    'notice secret': [
      NOTIFY_WEBHOOK_SECRET,
      URL.parse(NOTIFY_SLACK_URL ?? '')?.pathname,
      password && decodeURIComponent(password),
    ].filter((one) => one !== undefined),
  }
}

/** One line for each secret found where it does not belong; the line does not repeat it. */
export function leaks(secrets: Secrets, texts: SeenText[]): string[] {
  const needles = KINDS.flatMap((kind) =>
    (secrets[kind] ?? []).flatMap((value) => spellings(value).map((needle) => ({ kind, needle }))),
  )
  return texts.flatMap(({ name, text, allowed = [] }) => {
    const found = needles.filter(
      ({ kind, needle }) => !allowed.includes(kind) && text.includes(needle),
    )
    return [...new Set(found.map(({ kind }) => kind))].map((kind) => `${kind} in ${name}`)
  })
}

/** The secrets of links that scripts were given. */
export function handoversOf({ visits }: Visitor): string[] {
  return visits.flatMap(({ body }) =>
    [...body.matchAll(/handover=([\w-]{43})/g)].map(([, secret = '']) => secret),
  )
}

/** The API tokens that somebody made. */
export function apiTokensOf({ visits }: Visitor): string[] {
  return visits.flatMap(({ body }) => body.match(/\bcs_[\w-]{43}/g) ?? [])
}

/** What a visitor was given by the app and by vendors: code and state belong in redirects, session ids in cookies. */
export function textsOfVisitor({ visits }: Visitor, appUrl: string): SeenText[] {
  return visits.filter(({ url }) => url.origin === appUrl).flatMap(textsOfVisit)
}

function textsOfVisit(visit: Visit): SeenText[] {
  const name = `${visit.method} ${visit.url.pathname}`
  const { location, 'set-cookie': cookies, ...headers } = visit.headers
  const isCallback = /^\/oauth\/[a-z0-9-]+\/callback$/.test(visit.url.pathname)
  const toVendor = visit.next !== undefined && visit.next.origin !== visit.url.origin
  const inRedirect: SecretKind[] = toVendor ? ['state'] : [] // express repeats Location in the body, unseen
  // A person who is not signed in yet comes back to the link after that.
  const isLink = visit.url.search.includes('handover')
  const toLink = visit.next?.origin === visit.url.origin && visit.next.search.includes('handover')
  const isAsked = isLink || visit.status === 409 || /^\/(handover|mcp)$/.test(visit.url.pathname)
  const isMade = visit.method === 'POST' && visit.url.pathname === '/tokens'
  const inBody: SecretKind[] = [
    ...inRedirect,
    ...(isAsked ? ['hand-over' as const] : []),
    ...(isMade ? ['api token' as const] : []),
  ]
  return [
    {
      name: `the address of ${name}`,
      text: visit.url.href,
      allowed: isCallback ? ['code', 'state'] : isLink ? ['hand-over'] : [],
    },
    { name: `the Referer of ${name}`, text: visit.referer ?? '' },
    { name: `the body of ${name}`, text: visit.body, allowed: inBody },
    { name: `the headers of ${name}`, text: JSON.stringify(headers) },
    { name: `Set-Cookie of ${name}`, text: JSON.stringify(cookies ?? ''), allowed: ['session id'] },
    {
      name: `Location of ${name}`,
      text: String(location ?? ''),
      allowed: toLink ? [...inRedirect, 'hand-over'] : inRedirect,
    },
  ]
}

/** The session id is in the key connect-redis files a session under, and for a minute in the notes of its change. */
export function textsOfStore(entries: Entry[]): SeenText[] {
  return entries.flatMap(({ key, value }): SeenText[] => [
    {
      name: `the key ${key.split(':')[0]}`,
      text: key,
      allowed: key.startsWith('sess:') ? ['session id'] : [],
    },
    {
      name: `the value of ${key.split(':')[0]}`,
      text: value,
      allowed: /^retired:/.test(key) ? ['session id'] : [],
    },
  ])
}

/** What the app sent a vendor: each secret goes to one endpoint, in one part of the request. */
export function textsOfVendor({ requests }: FakeVendor): SeenText[] {
  const inBody: Record<VendorRequest['endpoint'], SecretKind[]> = {
    authorize: [],
    token: ['client secret', 'code', 'verifier'],
    revoke: ['client secret', 'token'],
    api: [],
    me: [],
    elsewhere: [],
  }
  return requests.flatMap(
    ({ endpoint, url, headers: { authorization = '', ...headers }, body }): SeenText[] => {
      const inAuthorization: SecretKind =
        endpoint === 'api' || endpoint === 'me' ? 'token' : 'client secret'
      return [
        {
          name: `the address of ${endpoint}`,
          text: url.href,
          allowed: endpoint === 'authorize' ? ['state'] : [],
        },
        {
          name: `Authorization at ${endpoint}`,
          text: plainBasic(authorization),
          allowed: [inAuthorization],
        },
        { name: `the headers at ${endpoint}`, text: JSON.stringify(headers) },
        { name: `the body at ${endpoint}`, text: body, allowed: inBody[endpoint] },
      ]
    },
  )
}

function plainBasic(authorization: string): string {
  const basic = /^Basic (\S+)$/.exec(authorization)?.[1]
  return basic === undefined ? authorization : Buffer.from(basic, 'base64').toString()
}

/** base64 depends on where in a longer text the value begins, so the part that all three cases share is looked for. */
function spellings(value: string): string[] {
  const bytes = Buffer.from(value)
  const shifted = [0, 1, 2].map((shift) => {
    const all = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64url')
    return all.slice(shift === 0 ? 0 : shift + 1, -4)
  })
  const plain64 = shifted.map((text) => text.replaceAll('-', '+').replaceAll('_', '/'))
  const form = new URLSearchParams({ '': value }).toString().slice(1)
  const json = JSON.stringify(value).slice(1, -1)
  const hex = bytes.toString('hex')
  const all = [
    value,
    encodeURIComponent(value),
    form,
    json,
    hex,
    hex.toUpperCase(),
    ...shifted,
    ...plain64,
  ]
  return [...new Set(all)].filter((text) => text.length >= 12)
}
