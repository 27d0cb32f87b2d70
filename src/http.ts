// Outbound HTTP on undici: one deadline for the whole call, a cap on the decoded body, no redirects, no retries.
import { setTimeout as wait } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { Agent, errors } from 'undici'
import { createGates, NotSent } from './outbound-gate.ts'

export interface OutboundRequest {
  method: string
  url: string
  headers: Record<string, string>
  body?: string
  /** Milliseconds for everything: a place, connect, send, wait, read. */
  timeoutMs: number
  /** The most bytes of decoded body that are read; more is an error. */
  maxBytes: number
}

export interface OutboundAnswer {
  status: number
  headers: Record<string, string | string[]>
  body: string
}

/** The call gave no complete answer. `sent` says whether the other side may have seen the request. */
export class NoAnswer extends Error {
  readonly sent: boolean
  readonly timedOut: boolean
  constructor(message: string, sent: boolean, timedOut: boolean, cause?: unknown) {
    super(message, { cause })
    this.sent = sent
    this.timedOut = timedOut
  }
}

/** ms that calls under way get when the process ends; the requests they were for are over by then. */
const CLOSE_MS = 500

export type Http = ReturnType<typeof createHttp>

/**
 * Makes the app's outbound client. At most `connections` calls to one origin at once, each on a connection of its own.
 * `answered` is told the host and the class of each answer: 2xx to 5xx, none, not-sent.
 * `send` throws NoAnswer when no complete answer came in time or it was too large.
 */
export function createHttp(connections: number, answered?: (host: string, kind: string) => void) {
  // pipelining 0 is a connection for each call: on a kept one, an answer nobody asked for becomes the next person's,
  // and a server that closes it under a push leaves us not knowing. TLS sessions are resumed.
  const agent = new Agent({ connections, pipelining: 0, connectTimeout: 5_000 })
  const gates = createGates(connections)
  return {
    async send(request: OutboundRequest): Promise<OutboundAnswer> {
      const { origin, host } = new URL(request.url)
      const deadline = Date.now() + request.timeoutMs
      const signal = AbortSignal.timeout(request.timeoutMs)
      try {
        const answer = await gates.of(origin).through(() => send(agent, request, signal), deadline)
        answered?.(host, `${Math.floor(answer.status / 100)}xx`)
        return answer
      } catch (error) {
        answered?.(host, error instanceof NotSent ? 'not-sent' : 'none')
        throw error instanceof NotSent ? new NoAnswer(error.message, false, false, error) : error
      }
    },
    /** Lets calls under way end for a moment; their callers are told NoAnswer after it. */
    async close() {
      await Promise.race([agent.close(), wait(CLOSE_MS, undefined, { ref: false })])
      await agent.destroy()
    },
  }
}

async function send(agent: Agent, request: OutboundRequest, signal: AbortSignal): Promise<OutboundAnswer> {
  try {
    const url = new URL(request.url)
    const answer = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: { 'accept-encoding': 'identity', ...request.headers },
      body: request.body ?? null,
      signal,
    })
    const bytes = await read(answer.body, request.maxBytes)
    const headers = answer.headers as OutboundAnswer['headers']
    return { status: answer.statusCode, headers, body: decode(bytes, headers, request.maxBytes) }
  } catch (error) {
    throw noAnswer(error, signal.aborted)
  }
}

async function read(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes) throw new Error(`answer is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** We ask for no encoding; who encodes all the same is decoded up to the same cap. */
function decode(bytes: Buffer, headers: OutboundAnswer['headers'], maxOutputLength: number): string {
  const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase()
  if (encoding === 'identity' || encoding === '') return bytes.toString('utf8')
  const decoders: Record<string, typeof gunzipSync> = {
    gzip: gunzipSync,
    deflate: inflateSync,
    br: brotliDecompressSync,
  }
  const decoder = decoders[encoding]
  if (!decoder) throw new Error(`answer has an unknown content-encoding`)
  return decoder(bytes, { maxOutputLength }).toString('utf8')
}

/** Only a call that never got a connection is certain not to have reached the other side. */
function noAnswer(error: unknown, timedOut: boolean): NoAnswer {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const neverSent =
    error instanceof errors.ConnectTimeoutError ||
    ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code) ||
    /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code)
  const message = timedOut ? 'no answer in time' : code || (error instanceof Error ? error.message : 'failed')
  return new NoAnswer(message, !neverSent, timedOut || error instanceof errors.ConnectTimeoutError, error)
}
