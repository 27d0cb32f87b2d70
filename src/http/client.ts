// Outbound HTTP on undici: one deadline for the whole call, a cap on the decoded body, no redirects, no retries.
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { createCallLimits, NotSent } from './call-limits.ts'
import { createConnectionPool } from './connection-pool.ts'
import {
  NoResponse,
  type OutboundRequest,
  type OutboundResponse,
  type RawResponse,
  sendRequest,
} from './send-request.ts'

export { NoResponse, type OutboundRequest, type OutboundResponse } from './send-request.ts'

export interface Http {
  /** @throws NoResponse when no complete response came in time or it was too large */
  send(request: OutboundRequest): Promise<OutboundResponse>
}

/** The app's outbound client: each call on a new connection, or those of a grant on its own. */
export interface Outbound extends Http {
  of(grant: string): Http
  /** Lets calls under way end for a moment; their callers are told NoResponse after it. */
  close(): Promise<void>
}

/** At most `concurrency` calls to one origin at once. `answered` gets host and outcome: 2xx to 5xx, none, not-sent. */
export function createHttp(
  concurrency: number,
  answered?: (host: string, kind: string) => void,
): Outbound {
  const pool = createConnectionPool()
  const limits = createCallLimits(concurrency)

  async function send(request: OutboundRequest, grant?: string): Promise<OutboundResponse> {
    const url = new URL(request.url)
    const deadline = Date.now() + request.timeoutMs
    const call = () =>
      pool.use(url.origin, grant, (client) => sendRequest(client, request, url, deadline))
    try {
      const response = await limits.of(url.origin).through(call, deadline)
      const body = decode(response, request.maxBytes)
      answered?.(url.host, `${Math.floor(response.status / 100)}xx`)
      return { status: response.status, headers: response.headers, body }
    } catch (error) {
      answered?.(url.host, error instanceof NotSent ? 'not-sent' : 'none')
      throw error instanceof NotSent ? new NoResponse(error.message, false, false, error) : error
    }
  }

  return {
    send: (request) => send(request),
    of: (grant) => ({ send: (request) => send(request, grant) }),
    close: () => pool.close(),
  }
}

/** We ask for no encoding; who encodes all the same is decoded up to the same cap. @throws NoResponse */
function decode({ headers, bytes }: RawResponse, maxOutputLength: number): string {
  const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase()
  if (encoding === 'identity' || encoding === '' || bytes.length === 0) return text(bytes)
  try {
    const decoder = DECODERS[encoding]
    if (!decoder) throw new Error('answer has an unknown content-encoding')
    return text(decoder(bytes, { maxOutputLength }))
  } catch (error) {
    throw new NoResponse(
      error instanceof Error ? error.message : 'not readable',
      true,
      false,
      error,
    )
  }
}

/** UTF-8, without the byte order mark that some put in front. */
function text(bytes: Buffer): string {
  return new TextDecoder().decode(bytes)
}

const DECODERS: Record<string, typeof gunzipSync> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
}
