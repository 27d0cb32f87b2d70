// Where Redis is: reads a REDIS_URL, which names one server, a cluster, or the sentinels of a server.

export interface Node {
  host: string
  port: number
}

interface Login {
  username?: string
  password?: string
}

export interface RedisAddress {
  kind: 'one' | 'cluster' | 'sentinel'
  /** The server, some of the cluster, or the sentinels. */
  nodes: Node[]
  tls: boolean
  /** For the servers that hold data. */
  login: Login
  database: number
  /** The name the sentinels know the server by, and our login at them. */
  master: string
  sentinelLogin: Login
  /** For people: 'Redis at localhost:6379'. Never a password. */
  description: string
}

const FORM =
  'redis://[user:password@]host[:port][/database], redis+cluster://host:port,host2:port2 or ' +
  'redis+sentinel://host:26379,host2:26379/name[/database]; rediss in place of redis is for TLS, ' +
  'and special characters of a password are written as %XX'

const URL_PARTS =
  /^redis(s?)(?:\+(cluster|sentinel))?:\/\/(?:([^/?#]*)@)?([^/?#@]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/
const HOST = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i

/** @throws Error in one line that begins with 'must be'; it never repeats the text, which may hold a password */
export function readRedisUrl(text: string): RedisAddress {
  const parts = URL_PARTS.exec(text)
  if (!parts) throw wrong()
  const [, secure, group = 'one', userinfo = '', hosts = '', path = '', query = ''] = parts
  const kind = group === 'cluster' || group === 'sentinel' ? group : 'one'
  const nodes = hosts.split(',').map((host) => readNode(host, kind === 'sentinel' ? 26_379 : 6379))
  if (kind === 'one' && nodes.length > 1)
    throw wrong('several hosts need redis+cluster or redis+sentinel')
  const [first = '', second = ''] = kind === 'sentinel' ? path.split('/') : ['', path]
  if (kind === 'sentinel' && first === '')
    throw wrong('after the sentinels the name of their master is missing')
  if (kind === 'cluster' && !/^0?$/.test(second)) throw wrong('a cluster has no databases')
  if (!/^\d{0,5}$/.test(second) || path.split('/').length > 2) throw wrong()
  const options = new URLSearchParams(query)
  const unknown = [...options.keys()].some(
    (name) => kind !== 'sentinel' || !/^sentinel_(username|password)$/.test(name),
  )
  if (unknown) throw wrong('it has an option that is not known')
  const tls = secure === 's'
  return {
    kind,
    nodes,
    tls,
    login: readLogin(...split(userinfo).map(decode)),
    database: Number(second),
    master: decode(first),
    sentinelLogin: readLogin(
      options.get('sentinel_username') ?? '',
      options.get('sentinel_password') ?? '',
    ),
    description: `${describe(kind, decode(first), nodes)}${second && `/${second}`}${tls ? ' with TLS' : ''}`,
  }
}

function readNode(text: string, standard: number): Node {
  const [, host, port = String(standard)] = HOST.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535) throw wrong()
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

function split(userinfo: string): [string, string] {
  const at = userinfo.indexOf(':')
  return at < 0 ? [userinfo, ''] : [userinfo.slice(0, at), userinfo.slice(at + 1)]
}

function readLogin(username = '', password = ''): Login {
  return { ...(username !== '' && { username }), ...(password !== '' && { password }) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrong()
  }
}

function describe(kind: RedisAddress['kind'], master: string, nodes: Node[]): string {
  const addresses = nodes.map(hostPort).join(', ')
  if (kind === 'sentinel') return `Redis ${master} of the sentinels at ${addresses}`
  return `${kind === 'cluster' ? 'Redis Cluster' : 'Redis'} at ${addresses}`
}

export function hostPort({ host, port }: Node): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

function wrong(reason?: string): Error {
  return new Error(`must be ${FORM}${reason === undefined ? '' : `: ${reason}`}`)
}
