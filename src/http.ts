// Outbound HTTP on undici: one deadline for the whole call, a cap on the decoded body, no redirects, no retries.
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { createConnections } from './connections.ts'
import { exchange, NoAnswer, type RawAnswer } from './exchange.ts'
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
  /** For which grant: a connection of its own that is still open is used again. Without, the call has a new one. */
  grant?: string
}

export interface OutboundAnswer {
  status: number
  headers: Record<string, string | string[]>
  body: string
}

export { NoAnswer } from './exchange.ts'

export type Http = ReturnType<typeof createHttp>

/**
 * Makes the app's outbound client. At most `places` calls to one origin at once; no connection is shared by two grants.
 * `answered` is told the host and the class of each answer: 2xx to 5xx, none, not-sent.
 * `send` throws NoAnswer when no complete answer came in time or it was too large.
 */
export function createHttp(places: number, answered?: (host: string, kind: string) => void) {
  const connections = createConnections(places)
  const gates = createGates(places)
  return {
    async send(request: OutboundRequest): Promise<OutboundAnswer> {
      const url = new URL(request.url)
      const deadline = Date.now() + request.timeoutMs
      const call = () => exchange(connections.of(request.grant), request, url, deadline)
      try {
        const answer = await gates.of(url.origin).through(call, deadline)
        const body = decode(answer, request.maxBytes)
        answered?.(url.host, `${Math.floor(answer.status / 100)}xx`)
        return { status: answer.status, headers: answer.headers, body }
      } catch (error) {
        answered?.(url.host, error instanceof NotSent ? 'not-sent' : 'none')
        throw error instanceof NotSent ? new NoAnswer(error.message, false, false, error) : error
      }
    },
    /** Lets calls under way end for a moment; their callers are told NoAnswer after it. */
    close: () => connections.close(),
  }
}

/** We ask for no encoding; who encodes all the same is decoded up to the same cap. @throws NoAnswer */
function decode({ headers, bytes }: RawAnswer, maxOutputLength: number): string {
  const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase()
  if (encoding === 'identity' || encoding === '') return bytes.toString('utf8')
  try {
    const decoder = DECODERS[encoding]
    if (!decoder) throw new Error('answer has an unknown content-encoding')
    return decoder(bytes, { maxOutputLength }).toString('utf8')
  } catch (error) {
    throw new NoAnswer(error instanceof Error ? error.message : 'not readable', true, false, error)
  }
}

const DECODERS: Record<string, typeof gunzipSync> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
}
