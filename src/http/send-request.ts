// One request to another server, and its whole response before a deadline, or word that none came.
import type { Dispatcher } from 'undici'

export interface OutboundRequest {
  method: string
  url: string
  headers: Record<string, string>
  body?: string
  /** Milliseconds for everything: a permit, connect, send, wait, read. */
  timeoutMs: number
  /** The most bytes of decoded body that are read; more is an error. */
  maxBytes: number
  /** Asked once a connection is there, before the first byte: false, and nothing is sent. */
  mayStillSend?: () => boolean
}

export interface OutboundResponse {
  status: number
  headers: Record<string, string | string[]>
  body: string
}

/** The call gave no complete response. `sent` says whether the other side may have seen the request. */
export class NoResponse extends Error {
  readonly sent: boolean
  readonly timedOut: boolean
  constructor(message: string, sent: boolean, timedOut: boolean, cause?: unknown) {
    super(message, { cause })
    this.sent = sent
    this.timedOut = timedOut
  }
}

export interface RawResponse {
  status: number
  headers: OutboundResponse['headers']
  bytes: Buffer
}

const TOO_LATE = new Error('no answer in time')

/** Sends, and reads at most `maxBytes` until `deadline` (ms since 1970). @throws NoResponse */
export function sendRequest(
  client: Dispatcher,
  request: OutboundRequest,
  url: URL,
  deadline: number,
): Promise<RawResponse> {
  const { method, body = null, maxBytes } = request
  const headers = { 'accept-encoding': 'identity', ...request.headers }
  const path = url.pathname + url.search
  return new Promise((resolve, reject) => {
    let status = 0
    let fields: RawResponse['headers'] = {}
    const chunks: Buffer[] = []
    let size = 0
    /** Set when the request is written to a connection: before that nothing was sent. */
    let sending: Dispatcher.DispatchController | undefined
    const fail = (error: Error) => {
      clearTimeout(timer)
      reject(noResponse(error, sending !== undefined))
      sending?.abort(error)
    }
    const timer = setTimeout(fail, deadline - Date.now(), TOO_LATE)
    client.dispatch(
      { origin: url.origin, path, method: method as Dispatcher.HttpMethod, headers, body },
      {
        onRequestStart(controller) {
          const isAllowed = Date.now() < deadline && (request.mayStillSend?.() ?? true)
          if (!isAllowed) controller.abort(TOO_LATE)
          else sending = controller
        },
        onResponseStart(_controller, code, headers) {
          status = code
          fields = headers as RawResponse['headers']
        },
        onResponseData(_controller, chunk) {
          size += chunk.length
          if (size > maxBytes) fail(new Error(`answer is larger than ${maxBytes} bytes`))
          else chunks.push(chunk)
        },
        onResponseEnd() {
          clearTimeout(timer)
          resolve({ status, headers: fields, bytes: Buffer.concat(chunks) })
        },
        onResponseError: (_controller, error) => fail(error),
      },
    )
  })
}

function noResponse(error: Error, sent: boolean): NoResponse {
  const code = 'code' in error ? String(error.code) : undefined
  const timedOut = error === TOO_LATE || code === 'UND_ERR_CONNECT_TIMEOUT'
  return new NoResponse(code ?? error.message, sent, timedOut, error)
}
