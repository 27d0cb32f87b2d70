// The one place where an error becomes a page or problem+json and is logged: once, with a reference.
import { STATUS_CODES } from 'node:http'
import type { ErrorRequestHandler, Request, RequestHandler } from 'express'
import type { Context } from '../../context.ts'
import { badRequest, HttpProblem, notFound, storeDown } from '../../errors.ts'
import { ownerIfAny } from '../../session/session.ts'
import { StoreError } from '../../store/open.ts'
import { wantsJson } from '../http/script-callers.ts'
import { connectionLines, personOf, unknownLines } from './header.ts'
import { problemType } from './problem-types.ts'
import type { ConnectionLine, ProblemPage } from './view-models.ts'

/** No route matched. */
export const nothingHere: RequestHandler = () => {
  throw notFound()
}

export function failures(context: Context): ErrorRequestHandler {
  const { log, config } = context
  const onlyVendor = config.vendors.length === 1 ? config.vendors[0]?.id : undefined
  return async (error, req, res, next) => {
    const problem = problemOf(error)
    const vendor = req.vendor ?? onlyVendor
    const fields = { request: req.id, code: problem.code, status: problem.status, vendor }
    if (problem.status >= 500) log.error({ ...fields, err: problem.cause ?? error }, 'trouble')
    else log.info(fields, 'trouble')
    if (res.headersSent) return next(error)
    res.status(problem.status)
    if (problem.retryAfter !== undefined) res.set('Retry-After', String(problem.retryAfter))
    if (wantsJson(req))
      return void res
        .type('application/problem+json')
        .send(JSON.stringify(problemJson(problem, req, context.config.publicUrl)))
    res.set('Referrer-Policy', 'no-referrer')
    res.render('problem', {
      ...problemPage(problem, req),
      person: personOf(req),
      connections: await headerLines(context, req, problem),
    })
  }
}

/** The header as on every page, without reading the store when that is what failed. */
async function headerLines(
  { campaigns, config, tokens }: Context,
  req: Request,
  { code }: HttpProblem,
): Promise<ConnectionLine[]> {
  const owner = ownerIfAny(req)
  if (owner === undefined || code === 'E-STORE' || code === 'E-UNRECORDED') return []
  try {
    return connectionLines(
      config.vendors,
      await tokens.connections(owner),
      [],
      campaigns.all()[0]?.id,
    )
  } catch {
    return unknownLines(config.vendors)
  }
}

function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error
  if (error instanceof StoreError) return storeDown(error)
  const status = statusOf(error)
  if (status === 413) return badRequest('It is larger than any form of ours.')
  if (status !== undefined && status < 500) return badRequest('Go back and try again.')
  return new HttpProblem({
    code: 'E-OURS',
    status: 500,
    heading: 'Something went wrong on our side',
    text: 'Try again. If it happens again, tell your administrator the reference.',
    cause: error,
  })
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined
  return typeof error.status === 'number' ? error.status : undefined
}

function problemPage(
  { status, heading, text, detail, actions }: HttpProblem,
  req: Request,
): ProblemPage {
  const title = `${heading} (${status} ${STATUS_CODES[status] ?? ''})`
  const reference = String(req.id)
  return {
    title,
    path: '/campaigns',
    connections: [],
    status,
    heading,
    text,
    ...(detail && { detail }),
    actions,
    reference,
  }
}

/** The page's text as problem details (RFC 9457). */
function problemJson(
  { code, status, heading, text, actions, members }: HttpProblem,
  req: Request,
  publicUrl: string,
) {
  const url = actions.find(({ href }) => href !== undefined)?.href
  return {
    type: problemType(publicUrl, code),
    title: heading,
    status,
    detail: text,
    code,
    instance: String(req.id),
    ...(url && { url }),
    ...members,
  }
}
