// The fake vendor's API: takes campaigns with a bearer token, and counts what each push really changed.
import type { VendorRequest } from './fake-vendor.ts'
import type { Answer } from './misbehave.ts'

const PATH = /^\/api\/campaigns\/([A-Za-z0-9_-]{1,64})$/

/** `fault` is told whatever a correct client would not have done; a token that is not good is no fault. */
export function createApi(isGood: (token: string) => boolean, fault: (text: string) => void) {
  const effects = new Map<string, string[]>()
  const keys = new Map<string, { campaign: string; body: string; answer: Answer }>()

  function campaign(request: VendorRequest): Answer {
    const refused = unauthorized(request)
    if (refused) return refused
    const id = PATH.exec(request.url.pathname)?.[1]
    const wrong = pushFault(request, id)
    if (id === undefined || wrong) {
      fault(`api: ${wrong}`)
      return {
        status: 422,
        body: { error: { code: 'invalid', message: `The ${wrong} is not valid.` } },
      }
    }
    const key = request.headers['idempotency-key']
    const before = typeof key === 'string' ? keys.get(key) : undefined
    if (before && before.campaign !== id) {
      fault('api: an Idempotency-Key of another campaign')
      return {
        status: 422,
        body: { error: { code: 'key_reused', message: 'Key of another campaign.' } },
      }
    }
    if (before && before.body !== request.body) {
      fault('api: an Idempotency-Key with another body')
      return {
        status: 422,
        body: { error: { code: 'key_reused', message: 'Key with another body.' } },
      }
    }
    if (before) return before.answer
    const bodies = [...(effects.get(id) ?? []), request.body]
    effects.set(id, bodies)
    const applied = bodies.length
    const answer = { status: 200, body: { id: `fake-${id}`, campaign: id, applied } }
    if (typeof key === 'string') keys.set(key, { campaign: id, body: request.body, answer })
    return answer
  }

  function me(request: VendorRequest): Answer {
    return unauthorized(request) ?? { status: 200, body: { id: '7', name: 'dana@fake' } }
  }

  /** RFC 6750 §3.1. */
  function unauthorized({ headers }: VendorRequest): Answer | undefined {
    const token = /^Bearer ([\w.~+/-]+=*)$/.exec(headers.authorization ?? '')?.[1]
    if (token === undefined) fault('api: no bearer token')
    else if (isGood(token)) return undefined
    const sign =
      token === undefined ? '' : ', error="invalid_token", error_description="expired or revoked"'
    return {
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="fake"${sign}` },
      body: { error: { code: 'invalid_token', message: 'The access token is not good.' } },
    }
  }

  return {
    campaign,
    me,
    /** How often this campaign was really applied: by key, not by request. */
    effects: (id: string) => effects.get(id)?.length ?? 0,
    /** The bodies of those pushes, as text. */
    applied: (id: string) => effects.get(id) ?? [],
  }
}

function pushFault(
  { method, headers, body }: VendorRequest,
  id: string | undefined,
): string | undefined {
  if (method !== 'PUT') return 'method'
  if (id === undefined) return 'address'
  if (!headers['content-type']?.startsWith('application/json')) return 'content-type'
  if (!headers.accept?.includes('application/json')) return 'accept'
  try {
    return Object(JSON.parse(body)).id === id ? undefined : 'campaign id in the body'
  } catch {
    return 'body'
  }
}
