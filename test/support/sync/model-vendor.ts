// A vendor as a model: what it has applied, under which key, and every way it can fail to say so.
import { NoResponse, type Outbound, type OutboundResponse } from '../../../src/http/client.ts'

export const BEHAVIOURS = [
  'ok',
  'lost',
  'dropped',
  'refused',
  'applied 500',
  'plain 503',
  'applied 303',
  'applied 202',
  'limited',
  'no',
  'forbidden',
  'expired',
] as const
export type Behaviour = (typeof BEHAVIOURS)[number]

/** `keeping`: a 500 is kept under its key and given again for ever. */
export type Kind = 'keys' | 'keeping' | 'no keys'

export interface Request {
  intent: string
  key: string
  body: string
}

/** `pushing` names the intent and the key of the push that is under way. */
export function createModelVendor(kind: Kind, pushing: () => Pick<Request, 'intent' | 'key'>) {
  const requests: Request[] = []
  const effects: Request[] = []
  const kept = new Map<string, OutboundResponse>()
  const script: Behaviour[] = []
  let goodToken = true
  const hooks = { before: async () => {}, after: async () => {} }

  function respond(request: Request, sentKey: string | undefined, how: Behaviour) {
    const before = sentKey === undefined ? undefined : kept.get(sentKey)
    if (before) return before
    const response = RESPONSES[how]
    if (how === 'ok' || how === 'lost' || how.startsWith('applied')) {
      effects.push(request)
      if (sentKey !== undefined)
        kept.set(sentKey, kind === 'keeping' && response.status === 500 ? response : RESPONSES.ok)
    }
    return response
  }

  const send: Outbound['send'] = async ({ headers, body = '' }) => {
    await hooks.before()
    const request = { ...pushing(), body }
    const how = script.shift() ?? 'ok'
    if (how === 'refused') throw new NoResponse('refused', false, false)
    requests.push(request)
    if (how === 'dropped') throw new NoResponse('reset', true, false)
    if (!goodToken || how === 'expired') return RESPONSES.expired
    const sentKey = headers['idempotency-key']
    const response = respond(request, sentKey, how)
    await hooks.after()
    if (how === 'lost') throw new NoResponse('reset', true, false)
    // What was applied before is what a vendor with keys answers, unless it fails before it looks.
    return PLAIN.includes(how) ? RESPONSES[how] : response
  }

  const http: Outbound = { send, of: () => ({ send }), close: async () => {} }
  return {
    http,
    requests,
    effects,
    script,
    hooks,
    setToken: (isGood: boolean) => {
      goodToken = isGood
    },
  }
}

/** Given by something in front of the vendor, whatever it has applied. */
const PLAIN: Behaviour[] = ['plain 503', 'limited', 'no', 'forbidden', 'applied 303', 'applied 202']

const json = (status: number, body: object = {}): OutboundResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

const RESPONSES: Record<Behaviour, OutboundResponse> = {
  ok: json(200, { id: 'x1' }),
  lost: json(200, { id: 'x1' }),
  dropped: json(200),
  refused: json(200),
  'applied 500': json(500),
  'plain 503': json(503),
  'applied 303': json(303),
  'applied 202': json(202, { id: 'job' }),
  limited: { ...json(429), headers: { 'retry-after': '0' } },
  no: json(422),
  forbidden: json(403),
  expired: json(401),
}
