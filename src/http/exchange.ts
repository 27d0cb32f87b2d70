// One exchange with another server: a request, and its whole answer before a deadline, or word that none came.
import { type Dispatcher, errors } from 'undici'
import type { OutboundAnswer, OutboundRequest } from './client.ts'

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

/** An answer as it came. */
export interface RawAnswer {
  status: number
  headers: OutboundAnswer['headers']
  bytes: Buffer
}

const TOO_LATE = new Error('no answer in time')

/**
 * Sends and reads at most `maxBytes` until `deadline` (ms since 1970). It is undici's `dispatch`: no stream, no signal.
 * @throws NoAnswer
 */
export function exchange(
  client: Dispatcher,
  request: OutboundRequest,
  url: URL,
  deadline: number,
): Promise<RawAnswer> {
  const { method, body = null, maxBytes } = request
  const headers = { 'accept-encoding': 'identity', ...request.headers }
  const path = url.pathname + url.search
  return new Promise((resolve, reject) => {
    let status = 0
    let fields: RawAnswer['headers'] = {}
    const chunks: Buffer[] = []
    let size = 0
    /** Set when the request is written to a connection: before that nothing was sent. */
    let sending: Dispatcher.DispatchController | undefined
    const fail = (error: Error) => {
      clearTimeout(timer)
      reject(noAnswer(error, sending !== undefined))
      sending?.abort(error)
    }
    const timer = setTimeout(fail, deadline - Date.now(), TOO_LATE)
    client.dispatch(
      { origin: url.origin, path, method: method as Dispatcher.HttpMethod, headers, body },
      {
        onRequestStart(controller) {
          if (Date.now() >= deadline) controller.abort(TOO_LATE)
          else sending = controller
        },
        onResponseStart(_controller, code, answered) {
          status = code
          fields = answered as RawAnswer['headers']
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

function noAnswer(error: Error, sent: boolean): NoAnswer {
  const message = 'code' in error ? String(error.code) : error.message
  return new NoAnswer(message, sent, error === TOO_LATE || error instanceof errors.ConnectTimeoutError, error)
}
