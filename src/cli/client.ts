// Speaks HTTP to a Campaign Sync: JSON out, JSON in, with an API token.
import { z } from 'zod'
import { createHttp, NoResponse } from '../http/client.ts'

/** A long poll is answered within 30 s. */
const TIMEOUT_MS = 40_000
const MAX_BYTES = 16_000_000

const problemSchema = z.looseObject({
  title: z.string(),
  detail: z.string(),
  code: z.string(),
  instance: z.string().optional(),
  url: z.string().optional(),
  statusUrl: z.string().optional(),
  run: z.string().optional(),
  because: z.string().optional(),
})
export type Problem = z.infer<typeof problemSchema>

/** The app said no, in words for people. */
export class ProblemError extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(`${problem.title}. ${problem.detail}`)
    this.problem = problem
  }
}

/** Nothing sensible came back from the address. */
export class NoAppError extends Error {}

export type ApiClient = ReturnType<typeof createClient>

/** `url`: origin of the app. Without a token the app may still let everybody in. */
export function createClient(url: string, token: string | undefined) {
  const origin = originOf(url)
  const http = createHttp(2)
  const authorization: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` }

  /** @throws ProblemError, NoAppError */
  async function request(
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<unknown> {
    const content: Record<string, string> = body ? { 'content-type': 'application/json' } : {}
    const response = await http
      .send({
        method,
        url: new URL(path, origin).href,
        headers: { accept: 'application/json', ...authorization, ...content, ...headers },
        body: body && JSON.stringify(body),
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_BYTES,
      })
      .catch((error: unknown) => {
        throw error instanceof NoResponse ? new NoAppError(`${origin} does not answer.`) : error
      })
    const read = parsed(response.body, origin)
    if (response.status < 300) return read
    const { data } = problemSchema.safeParse(read)
    throw data ? new ProblemError(data) : new NoAppError(`${origin} is no Campaign Sync.`)
  }

  return {
    origin,
    hasToken: token !== undefined,
    get: (path: string) => request('GET', path),
    post: (path: string, body: object = {}, headers?: Record<string, string>) =>
      request('POST', path, body, headers),
    close: () => http.close(),
  }
}

/** @throws NoAppError for what is no address of an app */
function originOf(url: string): string {
  const { protocol, origin } = URL.parse(url) ?? {}
  if (origin === undefined || (protocol !== 'http:' && protocol !== 'https:'))
    throw new NoAppError(`CAMPAIGN_SYNC_URL is no address: ${url}`)
  return origin
}

function parsed(body: string, origin: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new NoAppError(
      `${origin} is no Campaign Sync: it answered with something else than JSON.`,
    )
  }
}
