// The one place where an error becomes a page or problem+json and is logged: once, with a reference.
import type { ErrorRequestHandler, Request, RequestHandler, Response, Router } from 'express'
import type { Context } from '../../context.ts'
import { badRequest, HttpProblem, notFound, storeDown } from '../../errors.ts'
import { ownerIfAny } from '../../session/session.ts'
import { StoreError } from '../../store/open.ts'
import { wantsJson } from '../http/script-callers.ts'
import { connectionLines, personOf, unknownLines } from './header.ts'
import { problemType } from './help.ts'
import { isAtSecretAddress, problemAddressRoutes, redirectToProblem } from './problem-address.ts'
import type { ConnectionLine, ProblemPage } from './view-models.ts'

/** No route matched. */
export const nothingHere: RequestHandler = () => {
  throw notFound()
}

export function failures(context: Context): ErrorRequestHandler {
  const { log, config } = context
  return async (error, req, res, next) => {
    const problem = problemOf(error)
    const onlyVendor = config.vendors.length === 1 ? config.vendors[0]?.id : undefined
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
    const page = problemPage(problem, String(req.id))
    if (isAtSecretAddress(req, res))
      return redirectToProblem(context, req, res, page, problem.retryAfter)
    await show(context, req, res, page, problem.code)
  }
}

/** The page of a problem that happened at another address; the log has it already. */
export function shownProblems(context: Context): Router {
  return problemAddressRoutes(context, async (req, res, shown) => {
    res.status(shown.status)
    if (shown.retryAfter !== undefined) res.set('Retry-After', String(shown.retryAfter))
    await show(context, req, res, {
      ...shown,
      title: shown.heading,
      path: '/campaigns',
      connections: [],
    })
  })
}

async function show(
  context: Context,
  req: Request,
  res: Response,
  page: ProblemPage,
  code?: string,
): Promise<void> {
  res.set('Referrer-Policy', 'no-referrer')
  const connections = await headerLines(context, req, code)
  res.render('problem', { ...page, person: personOf(req), connections })
}

/** The header as on every page, without reading the store when that is what failed. */
async function headerLines(
  { campaigns, config, tokens }: Context,
  req: Request,
  code: string | undefined,
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
  reference: string,
): ProblemPage {
  return {
    title: heading,
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
