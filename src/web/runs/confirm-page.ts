// Before a run starts or goes on: how many, how long, and what to do when access ends before that.
import type { Request, Response } from 'express'
import type { Token } from '../../access/tokens.ts'
import type { Context } from '../../context.ts'
import { approvalOf } from '../../runs/approvals.ts'
import { type Run, runTokenKey } from '../../runs/run.ts'
import type { Estimate } from '../../runs/throughput.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { ofVendor } from '../page/header.ts'
import { commonPage } from '../page/page.ts'
import { chosenOf } from './confirm-choice.ts'
import { campaigns } from './messages.ts'
import { viewOf } from './run-page.ts'
import { duration, roughly } from './text.ts'
import type { RunConfirmPage } from './view-models.ts'

/** The page of a draft, and of a run that holds access which is too short for its rest. */
export async function confirm(
  context: Context,
  req: Request,
  res: Response,
  run: Run,
): Promise<void> {
  const vendor = context.vendor(run.vendor, req)
  const view = viewOf(run, vendor)
  const isDraft = run.state === 'draft'
  const title = isDraft ? view.headline : `Sync the remaining ${run.left.toLocaleString('en')}?`
  const about = { title, path: `/runs/${run.id}`, nav: 'runs' as const }
  const [page, estimate, life, token, approval] = await Promise.all([
    commonPage(context, req, res, about),
    context.runs.estimate(vendor.id, run.left),
    accessLife(context, run.owner, vendor),
    context.tokens.get(runTokenKey(run, vendor)),
    approvalOf(context, run),
  ])
  const choice =
    token && isShort(vendor, token, estimate) ? choiceOf(vendor, token, estimate) : undefined
  const chosen = isDraft ? await chosenOf(context, run, vendor, token) : {}
  const isWarned = (!token || choice) && life.ms < estimate.ms
  const model = {
    ...page,
    run: view,
    vendorName: vendor.name,
    estimate: estimateText(vendor, estimate),
    isDraft,
    isLive: vendor.api.live,
    proceed: proceedOf(run, approval),
    ...chosen,
    approval,
    ...(choice && { choice }),
    ...(isWarned && { warning: warningOf(vendor, life, estimate, choice !== undefined) }),
  }
  res.render('run-confirm', model satisfies RunConfirmPage)
}

/** The button's words. */
function proceedOf({ left, state }: Run, approval: RunConfirmPage['approval']): string {
  if (approval && approval.state !== 'approved') return 'Ask an approver'
  return state === 'draft' ? `Sync ${campaigns(left)}` : 'Go on'
}

/** Access ends before the run is likely to, and nobody but the person can extend it. */
export function isShort({ lifetime }: Vendor, { endsAt }: Token, { ms }: Estimate): boolean {
  return lifetime.refresh !== 'use' && endsAt - Date.now() < ms
}

function estimateText({ name }: Vendor, { ms, isMeasured }: Estimate): string {
  if (!isMeasured) return `How long this takes is not known: no run to ${name} was measured yet.`
  const text = roughly(ms)
  return `${text[0]?.toUpperCase()}${text.slice(1)} at the speed of the last run.`
}

function choiceOf(
  { name }: Vendor,
  { endsAt }: Token,
  { isMeasured }: Estimate,
): NonNullable<RunConfirmPage['choice']> {
  const left = duration(Math.max(0, endsAt - Date.now()))
  return {
    legend: isMeasured
      ? `Access to ${name} ends in ${left}, before this finishes.`
      : `Access to ${name} ends in ${left}. This may take longer.`,
    options: [
      { value: 'renew', label: 'Renew first (recommended)' },
      { value: 'now', label: 'Start now; pause when access ends' },
    ],
  }
}

/** How long access lasts: as it did for this person, or as the vendor's file assumes. */
interface AccessLife {
  ms: number
  isAssumed: boolean
}

function warningOf(
  { name }: Vendor,
  { ms, isAssumed }: AccessLife,
  { isMeasured }: Estimate,
  isRenewed: boolean,
): string {
  const access = isRenewed ? 'Renewed access' : `Access to ${name}`
  const lasts = `lasts ${duration(ms)}${isAssumed ? ` unless ${name} says otherwise` : ''}`
  const than = isMeasured ? 'this is likely to take' : 'this may take'
  return `${access} ${lasts}, less than ${than}. The run then pauses, asks you to renew, and goes on where it was.`
}

async function accessLife({ tokens }: Context, owner: string, vendor: Vendor): Promise<AccessLife> {
  if (vendor.lifetime.refresh === 'use') return { ms: Number.POSITIVE_INFINITY, isAssumed: false }
  const all = ofVendor(vendor, await tokens.connections(owner))
  const lives = all.map(({ connection: { since, endsAt } }) => endsAt - since)
  return lives.length > 0
    ? { ms: Math.max(...lives), isAssumed: false }
    : { ms: vendor.lifetime.defaultSeconds * 1000, isAssumed: true }
}
