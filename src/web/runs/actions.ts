// What is done to a run: start or go on, stop, try the failed again. Each is a plain form, and ends on the run's page.
import { type Request, type Response, Router } from 'express'
import { getOrRefreshToken } from '../../access/refresh.ts'
import type { Context } from '../../context.ts'
import { badRequest, HttpProblem } from '../../errors.ts'
import { approvalOf } from '../../runs/approvals.ts'
import {
  counterOf,
  isInterrupted,
  mayStart,
  RUNS_MOST,
  type Run,
  runTokenKey,
} from '../../runs/run.ts'
import { maySettle } from '../../vendors/push.ts'
import { needs } from '../http/needs.ts'
import { connectPath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect } from '../http/return-to.ts'
import { authorizationNeeded, wantsJson } from '../http/script-callers.ts'
import { isShort } from './confirm-page.ts'
import { campaigns } from './messages.ts'
import { runJson, runOf } from './run-of-request.ts'

export function runActionRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const limit = limited(context, 'runs')

  router.post('/runs/:id/start', needs('sender'), limit, (req, res) => startRun(context, req, res))
  router.post('/runs/:id/stop', needs('sender'), (req, res) => stopRun(context, req, res))
  router.post('/runs/:id/retry', needs('sender'), limit, (req, res) => retryRun(context, req, res))

  return router
}

/**
 * Starts it with the access it has, or sends the person for access first; asks when that access is too short.
 * @throws HttpProblem 409 when too many runs are under way, or for a script that needs access first
 */
async function startRun(context: Context, req: Request, res: Response): Promise<void> {
  const { runs } = context
  const run = await runOf(context, req)
  const vendor = context.vendor(run.vendor, req)
  const access = field(req, 'access')
  if (wantsJson(req)) {
    await startForScript(context, req, run, access === 'renew')
    return respond(context, req, res, run)
  }
  if (!mayStart(run)) return respond(context, req, res, run)
  await checkApproved(context, req, run)
  if (await runs.isFull(run)) throw tooMany()
  const { token } = await getOrRefreshToken(context, runTokenKey(run, vendor))
  if (
    token &&
    access === undefined &&
    isShort(vendor, token, await runs.estimate(vendor.id, run.left))
  )
    return redirect(res, 303, `/runs/${run.id}/confirm`)
  const keeps = token !== undefined && access !== 'renew'
  const interrupted = isInterrupted(run)
  req.log.info({ run: run.id, left: run.left, interrupted, keeps }, 'run.start')
  if (keeps) {
    await runs.start(run)
    return respond(context, req, res, run)
  }
  await runs.awaitAccess(run)
  redirect(res, 303, connectPath(vendor.id, { run: run.id }))
}

/**
 * Starts it with the access there is, unless that is to be a new one.
 * @throws HttpProblem 409 when a person is needed first, or too many runs are under way
 */
export async function startForScript(
  context: Context,
  req: Request,
  run: Run,
  isRenewed = false,
): Promise<void> {
  const { runs } = context
  const vendor = context.vendor(run.vendor, req)
  if (!mayStart(run)) return
  await checkApproved(context, req, run)
  if (await runs.isFull(run)) throw tooMany()
  const { token } = await getOrRefreshToken(context, runTokenKey(run, vendor))
  const interrupted = isInterrupted(run)
  const keeps = token !== undefined && !isRenewed
  req.log.info({ run: run.id, left: run.left, interrupted, keeps }, 'run.start')
  if (keeps) return runs.start(run)
  await runs.awaitAccess(run)
  throw await authorizationNeeded(context, req, run.owner, vendor, { run: run.id })
}

async function stopRun(context: Context, req: Request, res: Response): Promise<void> {
  const run = await runOf(context, req)
  await context.runs.stop(run)
  await context.approvals.withdraw(run.id)
  req.log.info({ run: run.id }, 'run.stop')
  await respond(context, req, res, run, run.state === 'draft' ? '/campaigns' : undefined)
}

/**
 * Opens the failed campaigns again, or the one of `item`, and starts the run. Unknown ones with them where the vendor settles that; else, or
 * with `unknown=new` everywhere, they are sent as new pushes because the person says so.
 */
async function retryRun(context: Context, req: Request, res: Response): Promise<void> {
  const run = await runOf(context, req)
  const wish = field(req, 'unknown')
  const isSafe = maySettle(context.vendor(run.vendor))
  const asNew = wish === 'new' || (wish === '1' && !isSafe)
  const item = itemOf(req, run)
  if (item !== undefined) await checkOnlyOne(context, run, item)
  await context.runs.reopen(run, asNew ? 'new' : isSafe ? 'again' : undefined, item)
  await startRun(context, req, res)
}

/** Index of the one campaign to retry; undefined: all that failed. @throws HttpProblem 400 */
function itemOf(req: Request, run: Run): number | undefined {
  const given = field(req, 'item')
  if (given === undefined) return undefined
  const index = /^\d{1,5}$/.test(String(given)) ? Number(given) : run.total
  if (index < run.total) return index
  throw badRequest('The run has no such item. Nothing was started.')
}

/** A run that goes on sends all that is left of it. @throws HttpProblem 409 when that is more than this item */
async function checkOnlyOne({ runs }: Context, run: Run, index: number): Promise<void> {
  const [stored] = await runs.items(run.id, index, index + 1)
  const others = run.left - (stored && counterOf(stored.item.state) === 'left' ? 1 : 0)
  if (others === 0) return
  throw new HttpProblem({
    code: 'E-LEFT',
    status: 409,
    heading: 'More than this one would be sent',
    text: `${campaigns(others)} of this run ${others === 1 ? 'is' : 'are'} left, and would go with it. Nothing was started. Retry this one when the others are done.`,
    actions: [{ label: 'Back to the run', href: `/runs/${run.id}` }],
  })
}

/** Browsers go to the page, by default the run's; JSON callers get the run as it is now. */
async function respond(
  context: Context,
  req: Request,
  res: Response,
  run: Run,
  page = `/runs/${run.id}`,
): Promise<void> {
  if (!wantsJson(req)) return redirect(res, 303, page)
  res.status(202).json(runJson(await runOf(context, req), context.config))
}

function tooMany(): HttpProblem {
  return new HttpProblem({
    code: 'E-RUNS',
    status: 409,
    heading: `${RUNS_MOST} of your runs are under way`,
    text: 'This one was not started, and nothing of it is lost. Start it when one of the others has ended, or stop one.',
    actions: [{ label: 'Go to runs', href: '/runs' }],
  })
}

function field(req: Request, name: string): unknown {
  const body: unknown = req.body
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name)
    ? Reflect.get(body, name)
    : undefined
}

/**
 * To be awaited before a run begins or goes on: puts one that needs a yes where approvers see it.
 * @throws HttpProblem 409 when it has none
 */
async function checkApproved(context: Context, req: Request, run: Run): Promise<void> {
  const approval = await approvalOf(context, run)
  if (!approval || approval.state === 'approved') return
  if (approval.state === 'needed') {
    const person = req.identity?.name ?? 'somebody'
    await context.approvals.request(run, { hash: approval.shown.hash, owner: run.owner, person })
    await context.notices?.approvalNeeded(run, person)
    req.log.info({ run: run.id, campaigns: approval.shown.count }, 'run.awaits-approval')
  }
  throw awaitsApproval(context, run)
}

function awaitsApproval({ config }: Context, run: Run): HttpProblem {
  return new HttpProblem({
    code: 'E-APPROVAL',
    status: 409,
    heading: 'An approver has to say yes first',
    text: `This run is above the limit for one person. ${run.startedAt === undefined ? 'Nothing' : 'Nothing more'} was sent. An approver finds it under Approvals; once they have said yes, start it again.`,
    actions: [{ label: 'Back to the run', href: `/runs/${run.id}` }],
    members: { run: run.id, url: `${config.publicUrl}/approvals` },
  })
}
