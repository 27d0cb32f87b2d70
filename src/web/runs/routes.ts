// Runs: the list, one run with its campaigns, and making one. What is done to a run is in actions.ts.
import { type Request, type Response, Router } from 'express'
import type { Context } from '../../context.ts'
import { storeDown } from '../../errors.ts'
import { mayStart, type Run } from '../../runs/run.ts'
import { ownerIfAny, ownerOf } from '../../session/session.ts'
import { type LongPoll, waitSeconds } from '../http/long-poll.ts'
import { needs } from '../http/needs.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect } from '../http/return-to.ts'
import { wantsJson } from '../http/script-callers.ts'
import { commonPage, pathOf } from '../page/page.ts'
import { readChoice } from './choice.ts'
import { confirm } from './confirm-page.ts'
import { resultsJson, runJson, runOf } from './run-of-request.ts'
import { idempotencyKey, makeRun } from './run-once.ts'
import { nowSending, viewOf } from './run-page.ts'
import { tableOf } from './table.ts'
import type { RunPage, RunsPage } from './view-models.ts'

export function runRoutes(context: Context, poll: LongPoll): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.post('/runs', needs('sender'), limited(context, 'runs'), (req, res) =>
    createRun(context, req, res),
  )
  router.get('/runs', needs('viewer'), (req, res) => listRuns(context, req, res))
  router.get('/runs/:id', needs('viewer'), (req, res) => showRun(context, poll, req, res))
  router.get('/runs/:id/results', needs('viewer'), (req, res) => listResults(context, req, res))
  router.get('/runs/:id/confirm', needs('sender'), (req, res) => confirmRun(context, req, res))

  return router
}

async function createRun(context: Context, req: Request, res: Response): Promise<void> {
  const owner = ownerIfAny(req)
  if (owner === undefined) {
    await readChoice(context, req)
    // Who brings no cookie fills nothing: a browser comes back with the one it is given here.
    await ownerOf(req)
    return redirect(res, 307, '/runs')
  }
  const run = await makeRun(context, req, owner, req.body, idempotencyKey(req))
  const path = `/runs/${run.id}`
  if (!wantsJson(req)) return redirect(res, 303, path)
  res.status(201).location(path)
  res.json(runJson(run, context.config))
}

async function listRuns(context: Context, req: Request, res: Response): Promise<void> {
  const { config, runs } = context
  const owner = ownerIfAny(req)
  const page = await commonPage(context, req, res, { title: 'Runs', path: '/runs', nav: 'runs' })
  const own = owner === undefined || page.storeDown ? [] : await runs.list(owner)
  if (wantsJson(req) && page.storeDown) throw storeDown('the store does not answer')
  if (wantsJson(req)) return void res.json({ runs: own.map((run) => runJson(run, config)) })
  const known = own.filter(({ vendor }) => config.vendors.some(({ id }) => id === vendor))
  const views = known.map((run) => viewOf(run, context.vendor(run.vendor)))
  res.render('runs', { ...page, runs: views } satisfies RunsPage)
}

/** A draft is shown as the question whether to start it. */
async function showRun(
  context: Context,
  poll: LongPoll,
  req: Request,
  res: Response,
): Promise<void> {
  const { config, runs } = context
  const run = await runOf(context, req)
  const vendor = context.vendor(run.vendor)
  if (wantsJson(req)) {
    const now = await poll(
      { seconds: waitSeconds(req), res },
      run.owner,
      () => runOf(context, req),
      hasChanged,
    )
    return void res.json(runJson(now, config))
  }
  if (run.state === 'draft') return confirm(context, req, res, run)
  const [sending, { rows, pages }] = await Promise.all([
    nowSending(runs, run),
    tableOf(runs, run, vendor, req.query),
  ])
  const view = viewOf(run, vendor, sending)
  const path = pathOf(req, config.publicUrl, `/runs/${run.id}`)
  const page = await commonPage(context, req, res, {
    title: `${view.headline} · ${view.title}`,
    path,
    nav: 'runs',
  })
  res.render('run', { ...page, run: view, rows, pages } satisfies RunPage)
}

/** For a caller that waits: it is over, or stands in another way than when the wait began. */
function hasChanged({ state, reason, leg }: Run, first: Run): boolean {
  const isOver = state === 'done' || state === 'stopped'
  return isOver || state !== first.state || reason !== first.reason || leg !== first.leg
}

/** The table of its page for scripts; a browser is shown the page. */
async function listResults(context: Context, req: Request, res: Response): Promise<void> {
  const run = await runOf(context, req)
  if (!wantsJson(req)) return redirect(res, 303, `/runs/${run.id}`)
  res.json(await resultsJson(context, run, req.query))
}

/** Asked before a run goes on with access that is too short for its rest. */
async function confirmRun(context: Context, req: Request, res: Response): Promise<void> {
  const run = await runOf(context, req)
  if (!mayStart(run)) return redirect(res, 303, `/runs/${run.id}`)
  await confirm(context, req, res, run)
}
