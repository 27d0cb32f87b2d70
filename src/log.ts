// Structured logs: named events with a request id; never a token, code, state, cookie or secret.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type DestinationStream, pino } from 'pino'
import { pinoHttp } from 'pino-http'

export type Log = ReturnType<typeof createLog>
export type LogDestination = DestinationStream

/** A pino logger: one JSON line an event, on standard output unless told otherwise. */
export function createLog(level: string, destination: LogDestination = standardOutput()) {
  const serializers = { err: plainError }
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers }, destination)
}

/** Standard output, written once for all lines of one turn of the event loop. A process that ends writes what is left. */
function standardOutput(): LogDestination {
  const output = pino.destination({ fd: 1, sync: true, minLength: 8_192 })
  process.on('exit', () => output.flushSync())
  let waits = false
  return {
    write(line) {
      output.write(line)
      if (waits) return
      waits = true
      setImmediate(() => {
        waits = false
        output.flush()
      })
    },
  }
}

/** What an operator needs of an error. Its other members may hold a vendor's whole answer. */
function plainError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error).slice(0, 300) }
  const { name, message, stack, cause } = error
  return {
    type: name,
    message: message.slice(0, 300),
    ...('code' in error && { code: String(error.code) }),
    ...(cause instanceof Error && { cause: `${cause.name}: ${cause.message}`.slice(0, 300) }),
    stack: stack?.split('\n').slice(1, 6).join('\n'),
  }
}

/** Logs one line a request: method, path without its query (codes and states live there), status, ms. */
export function requestLog(log: Log) {
  return pinoHttp<IncomingMessage, ServerResponse>({
    logger: log,
    genReqId: () => randomUUID(),
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'request' },
    customSuccessMessage: () => 'request',
    customErrorMessage: () => 'request',
    customSuccessObject: (request, response, value) => summary(request, response, value.responseTime),
    customErrorObject: (request, response, _error, value) => summary(request, response, value.responseTime),
    serializers: { req: () => undefined, res: () => undefined, err: () => undefined },
  })
}

function summary(request: IncomingMessage & { originalUrl?: string }, response: ServerResponse, ms: number) {
  const path = (request.originalUrl ?? request.url ?? '').split('?', 1)[0]?.slice(0, 200)
  return { method: request.method, path, status: response.statusCode, ms: Math.round(ms) }
}
