// Structured logs: named events with a request id; never a token, code, state, cookie or secret.
import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import { type DestinationStream, pino } from 'pino'

export type Log = ReturnType<typeof createLog>
export type LogDestination = DestinationStream

export function createLog(level: string, destination: LogDestination = standardOutput()) {
  const serializers = { err: plainError }
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers },
    destination,
  )
}

/** Characters that may wait for whoever reads standard output; beyond that lines are lost, and the app goes on. */
const WAITING_MOST = 1_000_000

/** One write a turn of the event loop. A reader who has gone or does not read costs lines, never an answer. */
function standardOutput(): LogDestination {
  const { stdout } = process
  stdout.on('error', () => {})
  let text = ''
  const write = () => {
    if (stdout.writableLength < WAITING_MOST) stdout.write(text)
    text = ''
  }
  process.on('exit', write)
  return {
    write(line) {
      if (text === '') setImmediate(write)
      text += line
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
    ...('said' in error && typeof error.said === 'string' && { said: error.said }),
    ...(cause instanceof Error && { cause: `${cause.name}: ${cause.message}`.slice(0, 300) }),
    stack: stack?.split('\n').slice(1, 6).join('\n'),
  }
}

declare module 'http' {
  interface IncomingMessage {
    /** Names the request in the log and on a page that tells of trouble. */
    id: string
    log: Log
  }
}

/**
 * One line for a request that has ended. The path as far as it is plain: codes and states live in the query, also in
 * one whose `?` somebody encoded. (pino-http makes two loggers a request, for a tenth of a warm sync's CPU.)
 */
export function requestLog(log: Log): RequestHandler {
  return (req, res, next) => {
    const started = performance.now()
    req.id = randomUUID()
    req.log = log.child({ request: req.id })
    res.once('close', () => {
      const path = /^[\w/.:~-]{0,200}/.exec(req.originalUrl)?.[0]
      const ms = Math.round(performance.now() - started)
      const aborted = res.writableFinished ? undefined : true
      const line = { method: req.method, path, status: res.statusCode, ms, aborted }
      if (res.statusCode >= 500) req.log.error(line, 'request')
      else req.log.info(line, 'request')
    })
    next()
  }
}
