// What is done to a run: start or go on, stop, try the failed again. Each is a plain form, and ends on the run's page.

import { type Request, type Response, Router } from 'express'
import { getOrRefreshToken } from '../../access/refresh.ts'
import { formatSubject } from '../../access/subject.ts'
import type { Context } from '../../context.ts'
import { HttpProblem } from '../../errors.ts'
import { isInterrupted, mayStart, RUNS_MOST, type Run } from '../../runs/run.ts'
import { isRepeatable } from '../../vendors/push.ts'
import { authorizationNeeded } from '../http/authorization-needed.ts'
import { connectPath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect } from '../http/return-to.ts'
import { wantsJson } from '../http/wants-json.ts'
import { isShort } from './confirm-page.ts'
import { runOf } from './run-of-request.ts'
import { runJson } from './view-models.ts'

export function runActionRoutes(context: Context): Router {
  const { config, runs } = context
  const router = Router({ caseSensitive: true, strict: true })

  router.post('/runs/:id/start', limited(context, 'runs'), async (req, res) => {
    const run = await runOf(context, req)
    await goOn(req, res, run)
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
    await goOn(req, res, await runOf(context, req))
  })

  return router

  /** Starts it with the access it has, or sends the person for access first; asks when that access is too short. */
  async function goOn(req: Request, res: Response, run: Run): Promise<void> {
    const vendor = context.vendor(run.vendor)
    if (!mayStart(run)) return answer(req, res, run)
    if (await runs.isFull(run)) throw tooMany()
    const { token } = await getOrRefreshToken(context, {
      owner: run.owner,
      vendor,
      subject: formatSubject({ kind: 'run', id: run.id }),
    })
    const access = field(req, 'access')
    const asks = token && access === undefined && !wantsJson(req)
    if (asks && isShort(vendor, token, await runs.guess(vendor.id, run.left)))
      return redirect(res, 303, `/runs/${run.id}/confirm`)
    const keeps = token !== undefined && access !== 'renew'
    req.log.info(
      { run: run.id, left: run.left, interrupted: isInterrupted(run), keeps },
      'run.start',
    )
    if (keeps) {
      await runs.start(run)
      return answer(req, res, run)
    }
    await runs.awaitAccess(run)
    const path = connectPath(vendor.id, { run: run.id })
    if (wantsJson(req)) throw authorizationNeeded(vendor, config.publicUrl + path, { run: run.id })
    redirect(res, 303, path)
  }

  async function answer(
    req: Request,
    res: Response,
    run: Run,
    page = `/runs/${run.id}`,
  ): Promise<void> {
    if (!wantsJson(req)) return redirect(res, 303, page)
    res.status(202).json(runJson(await runOf(context, req), config.publicUrl))
  }
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
