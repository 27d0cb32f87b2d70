// The runs that wait for a second person, for approvers: what goes, who wants it, and yes or no.
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { badRequest, HttpProblem, notFound } from '../../errors.ts'
import type { Approval } from '../../runs/approvals.ts'
import { shownOf } from '../../runs/approvals.ts'
import { mayStart } from '../../runs/run.ts'
import { recordAct } from '../http/acts.ts'
import { needs } from '../http/needs.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect } from '../http/return-to.ts'
import { wantsJson } from '../http/script-callers.ts'
import { commonPage } from '../page/page.ts'
import type { ApprovalRow, ApprovalsPage } from './view-models.ts'

const PATH = '/approvals'
const decisionSchema = z.object({ hash: z.string(), decision: z.enum(['approve', 'refuse']) })

export function approvalRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const limit = limited(context, 'runs')

  router.get(PATH, needs('approver'), (req, res) => listWaiting(context, req, res))
  router.post(`${PATH}/:id`, needs('approver'), limit, (req, res) => decide(context, req, res))

  return router
}

async function listWaiting(context: Context, req: Request, res: Response): Promise<void> {
  if (!context.config.approveAbove) throw notFound()
  const waiting = await context.approvals.waiting()
  const rows = await Promise.all(waiting.map((one) => rowOf(context, req, one)))
  const approvals = rows.filter((row) => row !== undefined)
  if (wantsJson(req)) return void res.json({ approvals })
  const page = await commonPage(context, req, res, { title: 'Approvals', path: PATH })
  res.render('approvals', { ...page, approvals } satisfies ApprovalsPage)
}

/** Undefined for a run that is no more, or that has nothing to be started for. */
async function rowOf(
  context: Context,
  req: Request,
  [id, approval]: [string, Approval],
): Promise<ApprovalRow | undefined> {
  const run = await context.runs.read(id)
  if (!run || !mayStart(run)) {
    await context.approvals.withdraw(id)
    return undefined
  }
  const vendor = context.config.vendors.find((one) => one.id === run.vendor)
  const shown = vendor && (await shownOf(context, run))
  const hash = shown?.hash ?? approval.hash
  const post = `${PATH}/${id}`
  const fields = { hash, decision: 'approve' }
  return {
    run: id,
    title: run.title,
    vendorName: vendor?.name ?? run.vendor,
    person: approval.person,
    at: new Date(approval.at).toISOString(),
    count: shown?.count ?? run.left,
    names: shown?.names ?? [],
    isOwn: approval.owner === req.identity?.owner,
    ...(shown && {
      budget: shown.budget.toLocaleString('en'),
      approve: { label: 'Approve', post, fields, primary: true },
    }),
    refuse: { label: 'Refuse', post, fields: { hash, decision: 'refuse' } },
  }
}

/** @throws HttpProblem 403 for one's own run, 409 when the set has changed since it was shown */
async function decide(context: Context, req: Request, res: Response): Promise<void> {
  const { data: form } = decisionSchema.safeParse(req.body)
  if (!form) throw badRequest('Choose one of the buttons.')
  const id = String(req.params.id)
  const waiting = /^[\w-]{22}$/.test(id) ? await context.approvals.read(id) : undefined
  const run = waiting && (await context.runs.read(id))
  const { owner, name } = req.identity ?? {}
  if (!waiting || !run) throw notFound('This run')
  if (owner === undefined || name === undefined || waiting.owner === owner) throw ownRun()
  const about = { run: id, hash: waiting.hash, starter: waiting.person }
  await recordAct(context, req, `approval.${form.decision}`, about)
  if (form.decision === 'refuse') await context.approvals.remove(id)
  else {
    const { hash } = await shownOf(context, run)
    const isSame = hash === form.hash && hash === waiting.hash
    if (!isSame || !(await context.approvals.approve(id, hash, { owner, name }))) throw changed()
  }
  req.log.info({ run: id, decision: form.decision }, 'run.decided')
  if (wantsJson(req)) return void res.json({ run: id, decision: form.decision })
  redirect(res, 303, PATH)
}

function ownRun(): HttpProblem {
  return notApproved(
    403,
    'Somebody else has to approve this',
    'You started it yourself. Nothing was approved.',
  )
}

function changed(): HttpProblem {
  return notApproved(
    409,
    'It has changed since you saw it',
    'Nothing was approved. Its starter has to start it again, and then you see it as it is now.',
  )
}

function notApproved(status: 403 | 409, heading: string, text: string): HttpProblem {
  const actions = [{ label: 'Open approvals', href: PATH }]
  return new HttpProblem({ code: 'E-APPROVAL', status, heading, text, actions })
}
