// Before a run starts or goes on: how many, how long, and what to do when access ends before that.
import type { Request, Response } from 'express'
import type { Token } from '../../access/tokens.ts'
import type { Context } from '../../context.ts'
import { type Run, runTokenKey } from '../../runs/run.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { ofVendor } from '../page/header.ts'
import { commonPage } from '../page/page.ts'
import { campaigns, duration, roughly } from './messages.ts'
import { viewOf } from './run-page.ts'
import type { RunConfirmPage } from './view-models.ts'

/** The page of a draft, and of a run that holds access which is too short for its rest. */
export async function confirm(
  context: Context,
  req: Request,
  res: Response,
  run: Run,
): Promise<void> {
  const vendor = context.vendor(run.vendor)
  const view = viewOf(run, vendor)
  const isDraft = run.state === 'draft'
  const title = isDraft ? view.headline : `Sync the remaining ${run.left.toLocaleString('en')}?`
  const about = { title, path: `/runs/${run.id}`, nav: 'runs' as const }
  const [page, ms, life, token] = await Promise.all([
    commonPage(context, req, res, about),
    context.runs.guess(vendor.id, run.left),
    accessMs(context, run.owner, vendor),
    context.tokens.get(runTokenKey(run, vendor)),
  ])
  const choice = token && isShort(vendor, token, ms) ? choiceOf(vendor, token) : undefined
  const lasts = `${choice ? 'Renewed access' : `Access to ${vendor.name}`} lasts ${duration(life)}, less than this is likely to take.`
  const model = {
    ...page,
    run: view,
    vendorName: vendor.name,
    estimate: `${campaigns(run.left)}, ${roughly(ms)}.`,
    isDraft,
    proceed: isDraft ? `Sync ${campaigns(run.left)}` : 'Go on',
    ...(choice && { choice }),
    ...((!token || choice) &&
      life < ms && {
        warning: `${lasts} The run then pauses, asks you to renew, and goes on where it was.`,
      }),
  }
  res.render('run-confirm', model satisfies RunConfirmPage)
}

/** Access ends before so many ms are over, and nobody but the person can extend it. */
export function isShort({ lifetime }: Vendor, { endsAt }: Token, ms: number): boolean {
  return lifetime.refresh !== 'use' && endsAt - Date.now() < ms
}

function choiceOf(vendor: Vendor, { endsAt }: Token): NonNullable<RunConfirmPage['choice']> {
  const left = duration(Math.max(0, endsAt - Date.now()))
  return {
    legend: `Access to ${vendor.name} ends in ${left}, before this finishes.`,
    options: [
      { value: 'renew', label: 'Renew first (recommended)' },
      { value: 'now', label: 'Start now; pause when access ends' },
    ],
  }
}

/** ms that access lasts: as it did for this person, else as the vendor's file says. */
async function accessMs({ tokens }: Context, owner: string, vendor: Vendor): Promise<number> {
  if (vendor.lifetime.refresh === 'use') return Number.POSITIVE_INFINITY
  const all = ofVendor(vendor, await tokens.connections(owner))
  const lives = all.map(({ connection: { since, endsAt } }) => endsAt - since)
  return lives.length > 0 ? Math.max(...lives) : vendor.lifetime.defaultSeconds * 1000
}
