// What the stand-ins of the vendors' APIs share: routes on the stage, tokens, faults on demand, and a look at the objects.
import type { Heard, Said, Stage } from '../stage.ts'
import { createMemory, type Lag, type Memory } from './memory.ts'
import { type Call, compile, type Handler, match, starts } from './routes.ts'
import { type Account, createTokens, type TokenRules, type Tokens } from './tokens.ts'

/**
 * What can be made to happen to the next calls of the API: `lost` is applied and never answered, `dropped` never
 * arrives, `down` is a 503, `none` lets one call through, to hit a later step of a push.
 */
export type Failure = 'limited' | 'forbidden' | 'lost' | 'dropped' | 'down' | 'none'

interface Description {
  /** Without them people make keys at the vendor. */
  tokens?: TokenRules
  /** The token of a call: Bearer unless given. */
  token?(call: Call): string | undefined
  ended: Said
  limited: Said
  forbidden: Said
  missing: Said
  /** The header whose value is honoured as an idempotency key. */
  idempotency?: string
  /** Objects belong to an ad account or repository that is named in each request, whoever asks. */
  shared?: true
  /** What is asked of a request before its handler: headers that the vendor requires. */
  before?(call: Call): Said | undefined
  /** `METHOD /host/path/{name}`; the first that fits counts. Open ones need no token. */
  routes: Record<string, Handler>
  open?: Record<string, Handler>
  /** How a test adds an object of its own, as a person at the vendor would; gives its id. */
  add(name: string): string
}

export interface Kit {
  memory: Memory
  tokens: Tokens
  /** The most items of a page, for tests of paging. */
  pageSize: number
  /** Who is asking. */
  account(call: Call): Account
  /** Where the stage is, for answers that hold a URL. */
  at(): string
}

export type Describe = (kit: Kit) => Description

/** The answer is lost on purpose: the stage destroys the socket. */
class Unanswered extends Error {}

/** A stand-in of one vendor. `mount` puts it on a stage, where hosts are paths. */
export function createStandIn(describe: Describe, options: { lag?: Lag; pageSize?: number } = {}) {
  const memory = createMemory(options.lag)
  const tokens = createTokens()
  let stageUrl = ''
  const tokenIn = (call: Call) => (vendor.token ?? bearer)(call)
  const vendor: Description = describe({
    memory,
    tokens,
    pageSize: options.pageSize ?? 1000,
    account: (call) => tokens.accountOf(tokenIn(call) ?? ''),
    at: () => stageUrl,
  })
  const failures: Failure[] = []
  const answered = new Map<string, Said>()
  const open = compile({ ...vendor.open, ...tokenRoutes(vendor, tokens) })
  const guarded = compile(vendor.routes)

  function handle(heard: Heard): Said {
    const free = match(open, heard)
    if (free) return free.handler(free.call)
    const { handler, call } = match(guarded, heard) ?? {}
    if (!handler || !call) return vendor.missing
    const token = tokenIn(call)
    if (!isGood(token)) return vendor.ended
    if (!vendor.shared) memory.see(tokens.accountOf(token ?? '').id)
    const failure = failures.at(0)
    if (failure !== undefined && failure !== 'lost') failures.shift()
    if (failure === 'limited' || failure === 'forbidden') return vendor[failure]
    if (failure === 'dropped') throw new Unanswered('dropped')
    if (failure === 'down') return { status: 503, body: 'Service Unavailable' }
    const before = memory.changes()
    const said = vendor.before?.(call) ?? once(call, handler)
    if (failure !== 'lost' || memory.changes() === before) return said
    failures.shift()
    throw new Unanswered('lost')
  }

  function isGood(token: string | undefined): boolean {
    if (!token) return false
    return vendor.tokens ? tokens.scopeOf(token) !== undefined : tokens.acceptKey(token)
  }

  function once(call: Call, handler: Handler): Said {
    const key = vendor.idempotency && call.method === 'POST' && call.headers[vendor.idempotency]
    if (typeof key !== 'string') return handler(call)
    const said = answered.get(key) ?? handler(call)
    if ((said.status ?? 200) < 400) answered.set(key, said)
    return said
  }

  return {
    mount(stage: Stage) {
      stageUrl = stage.url
      for (const start of starts([...open, ...guarded])) stage.on(start, handle)
    },
    objects: memory.objects,
    /** Changes how far lists lag behind. */
    setLag: (lag: Lag) => void Object.assign(memory.lag, { reads: 0, ms: 0 }, lag),
    add: (name: string) => {
      if (!vendor.shared) memory.see(tokens.accountOf('').id)
      return vendor.add(name)
    },
    /** As if a person deleted it at the vendor. */
    remove: memory.remove,
    endTokens: tokens.end,
    /** Another person approves from now on, with an account of their own. */
    signInAs: tokens.signInAs,
    /** The next calls of the API go wrong in this way; `lost` waits for one that writes. */
    next: (failure: Failure, times = 1) =>
      void failures.push(...new Array<Failure>(times).fill(failure)),
  }
}

function tokenRoutes({ tokens: rules }: Description, tokens: Tokens): Record<string, Handler> {
  if (rules === undefined) return {}
  const routes: Record<string, Handler> = {
    [rules.authorize]: (call) => tokens.authorize(call, rules),
  }
  for (const at of rules.token) routes[at] = (call) => tokens.token(call, rules)
  return routes
}

const bearer = ({ headers }: Call) => /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
