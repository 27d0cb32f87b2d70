// What is done to a run: start or go on, stop, try the failed again. Each is a plain form, and ends on the run's page.

import { type Request, type Response, Router } from 'express'
import type { Context } from '../context.ts'
import { isInterrupted, mayStart, type Run } from '../runs/run.ts'
import { subjectOf } from '../runs/runner.ts'
import { accessTo } from '../sync/renew.ts'
import { isRepeatable } from '../vendors/push.ts'
import { wantsJson } from './failures.ts'
import { limited } from './limits.ts'
import { redirect } from './redirect.ts'
import { runJson } from './runs-json.ts'
import { runOf } from './runs-owned.ts'

export function runActionRoutes(context: Context): Router {
  const { config, runs } = context
  const router = Router({ caseSensitive: true, strict: true })

  router.post('/runs/:id/start', limited(context, 'runs'), async (req, res) => {
    const run = await runOf(context, req)
    await goOn(req, res, run, field(req, 'access') === 'renew')
  })

  router.post('/runs/:id/stop', async (req, res) => {
    const run = await runOf(context, req)
    await runs.stop(run)
    req.log.info({ run: run.id }, 'run.stop')
    await answer(req, res, run, run.state === 'draft' ? '/campaigns' : undefined)
  })

  router.post('/runs/:id/retry', limited(context, 'runs'), async (req, res) => {
    const run = await runOf(context, req)
    const repeatable = isRepeatable(context.vendor(run.vendor))
    await runs.reopen(run, repeatable || field(req, 'unknown') === '1')
    await goOn(req, res, await runOf(context, req), false)
  })

  return router

  /** Starts it with the access it has, or sends the person for access first. */
  async function goOn(req: Request, res: Response, run: Run, renew: boolean): Promise<void> {
    const vendor = context.vendor(run.vendor)
    if (!mayStart(run)) return answer(req, res, run)
    const { token } = await accessTo(context, { owner: run.owner, vendor, subject: subjectOf(run.id) })
    const keeps = token !== undefined && !renew
    req.log.info({ run: run.id, left: run.left, interrupted: isInterrupted(run), keeps }, 'run.start')
    if (keeps) {
      await runs.start(run)
      return answer(req, res, run)
    }
    await runs.awaitAccess(run)
    const path = `/connect/${vendor.id}/run/${run.id}`
    if (!wantsJson(req)) return redirect(res, 303, path)
    const title = `${vendor.name} needs a person to approve`
    const detail = 'Open the URL in a browser with this session. The run then goes on by itself.'
    const problem = {
      type: 'about:blank',
      title,
      status: 409,
      detail,
      code: 'E-AUTHORIZE',
      url: config.publicUrl + path,
    }
    res
      .status(409)
      .type('application/problem+json')
      .send(JSON.stringify({ ...problem, run: run.id }))
  }

  async function answer(req: Request, res: Response, run: Run, page = `/runs/${run.id}`): Promise<void> {
    if (!wantsJson(req)) return redirect(res, 303, page)
    res.status(202).json(runJson(await runOf(context, req), config.publicUrl))
  }
}

function field(req: Request, name: string): unknown {
  const body: unknown = req.body
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name)
    ? Reflect.get(body, name)
    : undefined
}
