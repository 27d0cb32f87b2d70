// Structured logs: named events with a request id, as JSON or lines to read; never a token, code, state, cookie or secret.
import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import { type DestinationStream, pino } from 'pino'
import { z } from 'zod'

export type Log = ReturnType<typeof createLog>
export type LogDestination = DestinationStream

/** A pino logger: one JSON line an event, on standard output unless told otherwise; lines to read at a terminal. */
export function createLog(level: string, destination: LogDestination = standardOutput()) {
  const serializers = { err: plainError }
  const formatters = { level: (word: string) => ({ level: word }) }
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers, formatters },
    destination,
  )
}

/** Events an operator should see among errors: something is away, refused or not written down. All others are info. */
const LEVELS: Record<string, 'error' | 'warn'> = {
  'store.error': 'error',
  'queue.error': 'error',
  'campaigns.refused': 'error',
  'vendors.refused': 'error',
  'sync.unlogged': 'error',
  'run.unlogged': 'error',
  'run.store-away': 'error',
  'run.not-resumed': 'error',
  'audit.lost': 'error',
  'notice.lost': 'error',
  'notice.store-away': 'warn',
  'notice.again': 'warn',
  'run.again': 'warn',
  'queue.worker-replaced': 'warn',
}

export function createEvent(log: Log) {
  return (name: string, fields: object) => log[LEVELS[name] ?? 'info'](fields, name)
}

/** Characters that may wait for whoever reads standard output; beyond that lines are lost, and the app goes on. */
const WAITING_MOST = 1_000_000

/** Writes once a turn of the event loop. With a reader that is gone or slow, lines are lost and requests go on. */
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
      text += stdout.isTTY ? readableLine(line) : line
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
    log: RequestLog
    /** The id of the vendor it is about, once that is known: told with a problem. */
    vendor?: string
    /** What it did, told in its line: of a sync the intent, the campaign, and how it ended. */
    did?: Record<string, string | undefined>
  }
}

/** The log of one request: each line names it. (A child logger of pino would cost as much as its line.) */
class RequestLog {
  readonly #log: Log
  readonly #request: string

  constructor(log: Log, request: string) {
    this.#log = log
    this.#request = request
  }

  info(fields: object, event: string): void {
    this.#log.info({ request: this.#request, ...fields }, event)
  }

  warn(fields: object, event: string): void {
    this.#log.warn({ request: this.#request, ...fields }, event)
  }

  error(fields: object, event: string): void {
    this.#log.error({ request: this.#request, ...fields }, event)
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
    req.log = new RequestLog(log, req.id)
    res.once('close', () => {
      const path = /^[\w/.:~-]{0,200}/.exec(req.originalUrl)?.[0]
      const ms = Math.round(performance.now() - started)
      const aborted = res.writableFinished ? undefined : true
      const line = { method: req.method, path, status: res.statusCode, ms, aborted, ...req.did }
      if (res.statusCode >= 500) req.log.error(line, 'request')
      else req.log.info(line, 'request')
    })
    next()
  }
}

const line = z.looseObject({
  time: z.string(),
  level: z.string(),
  msg: z.string().optional(),
  err: z.looseObject({ stack: z.string().optional() }).optional(),
})

/** `11:25:57 error trouble code=E-STORE status=503`, with the stack of an error below. Takes one line of pino's JSON. */
export function readableLine(json: string): string {
  const {
    time,
    level,
    msg = '',
    err: { stack, ...error } = {},
    ...rest
  } = line.parse(JSON.parse(json))
  const fields = Object.entries({ ...rest, ...error }).map(
    ([name, value]) => `${plain(name)}=${plain(value)}`,
  )
  const head = [time.slice(11, 19), level.padEnd(5), msg, ...fields].join(' ')
  return `${stack === undefined ? head : `${head}\n${withoutControls(stack)}`}\n`
}

function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[\w./:@-]+$/.test(text) ? text : JSON.stringify(withoutControls(text))
}

/** Nothing in a line may move the cursor or colour what follows. */
function withoutControls(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, ' ')
}
