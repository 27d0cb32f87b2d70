// Reads forms and JSON up to a limit; what is longer is refused at once, and its connection ends before the rest is read.
import express, { type Request, type RequestHandler } from 'express'
import { badRequest } from '../../errors.ts'

/** A run names its campaigns; no other form is long. */
const RUNS = { bytes: 128 * 1024, fields: 1_100 }
const OTHERS = { bytes: 16 * 1024, fields: 100 }

/** Ends the connection after a body that is too long or may have no end: Node would read all of it for the next request. */
export const endLongBodies: RequestHandler = (req, res, next) => {
  if (isTooLong(req) || isChunked(req)) res.set('Connection', 'close')
  next()
}

export const noLongBodies: RequestHandler = (req, _res, next) => {
  next(isTooLong(req) ? tooLong() : undefined)
}

export function readForms(): RequestHandler {
  const runs = readUpTo(RUNS)
  const others = readUpTo(OTHERS)
  return (req, res, next) => (limitsOf(req) === RUNS ? runs : others)(req, res, next)
}

/** A field of a form, or of a script's JSON, that is text. */
export function formField({ body }: Pick<Request, 'body'>, name: string): string | undefined {
  const fields: Record<string, unknown> = Object(body)
  const value = fields[name]
  return typeof value === 'string' ? value : undefined
}

function readUpTo({ bytes: limit, fields: parameterLimit }: typeof RUNS): RequestHandler {
  const form = cutAt(limit, express.urlencoded({ extended: false, limit, parameterLimit }))
  const json = cutAt(limit, express.json({ limit }))
  return (req, res, next) =>
    form(req, res, (error: unknown) => (error ? next(error) : json(req, res, next)))
}

/** A body of unknown length is refused when it reaches the limit. The parser would first read the rest of it. */
function cutAt(limit: number, parse: RequestHandler): RequestHandler {
  return (req, res, next) => {
    let bytes = 0
    let isOver = false
    const end = (error?: unknown) => {
      if (!isOver) next(error)
      isOver = true
    }
    if (isChunked(req))
      req.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > limit) end(tooLong())
      })
    parse(req, res, end)
  }
}

function isChunked({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined
}

function isTooLong(req: Request): boolean {
  return Number(req.headers['content-length'] ?? 0) > limitsOf(req).bytes
}

function limitsOf({ path }: Request): typeof RUNS {
  return /^\/runs(\/|$)/i.test(path) ? RUNS : OTHERS
}

function tooLong() {
  return badRequest('It is larger than any form of ours.')
}
