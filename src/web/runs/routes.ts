// Runs: the list, one run with its campaigns, and making one. What is done to a run is in runs-actions.ts.
import { type Request, type Response, Router } from 'express'
import type { Context } from '../../context.ts'
import { mayStart, type Run } from '../../runs/run.ts'
import { ownerIfAny, ownerOf } from '../../session/session.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect } from '../http/return-to.ts'
import { wantsJson } from '../http/wants-json.ts'
import { commonPage, pathOf } from '../page/page.ts'
import { readChoice } from './choice.ts'
import { confirm } from './confirm-page.ts'
import { runOf } from './run-of-request.ts'
import { viewOf } from './run-page.ts'
import { tableOf } from './table.ts'
import { type RunPage, type RunsPage, runJson } from './view-models.ts'

export function runRoutes(context: Context): Router {
  const { config, runs } = context
  const router = Router({ caseSensitive: true, strict: true })

  router.post('/runs', limited(context, 'runs'), async (req, res) => {
    const choice = await readChoice(context, req)
    const owner = await ownerOf(req)
    const id = await runs.create(owner, choice.vendor, choice.title, choice.campaigns)
    req.log.info(
      { run: id, vendor: choice.vendor.id, campaigns: choice.campaigns.length },
      'run.made',
    )
    if (!wantsJson(req)) return redirect(res, 303, `/runs/${id}`)
    const run = await runs.read(id)
    res
      .status(201)
      .location(`/runs/${id}`)
      .json(run && runJson(run, config.publicUrl))
  })

  router.get('/runs', async (req, res) => {
    const owner = ownerIfAny(req)
    const page = await commonPage(context, req, res, { title: 'Runs', path: '/runs', nav: 'runs' })
    const mine = owner === undefined || page.storeDown ? [] : await runs.list(owner)
    if (wantsJson(req))
      return void res.json({ runs: mine.map((run) => runJson(run, config.publicUrl)) })
    const known = mine.filter(({ vendor }) => config.vendors.some(({ id }) => id === vendor))
    const views = known.map((run) => viewOf(run, context.vendor(run.vendor)))
    res.render('runs', { ...page, runs: views } satisfies RunsPage)
  })

  router.get('/runs/:id', async (req, res) => {
    const run = await runOf(context, req)
    const vendor = context.vendor(run.vendor)
    if (wantsJson(req)) return void res.json(runJson(run, config.publicUrl))
    return run.state === 'draft' ? confirm(context, req, res, run) : show(req, res, run, vendor)
  })

  /** Asked before a run goes on with access that is too short for its rest. */
  router.get('/runs/:id/confirm', async (req, res) => {
    const run = await runOf(context, req)
    if (!mayStart(run)) return redirect(res, 303, `/runs/${run.id}`)
    await confirm(context, req, res, run)
  })

  return router

  async function show(req: Request, res: Response, run: Run, vendor: Vendor): Promise<void> {
    const now = run.now === undefined ? [] : await runs.items(run.id, run.now, run.now + 1)
    const view = viewOf(run, vendor, now[0]?.item.name)
    const path = pathOf(req, config.publicUrl, `/runs/${run.id}`)
    const page = await commonPage(context, req, res, { title: view.headline, path, nav: 'runs' })
    const { rows, pages } = await tableOf(runs, run, vendor, req.query)
    res.render('run', { ...page, run: view, rows, pages } satisfies RunPage)
  }
}
