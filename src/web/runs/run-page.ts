// A run as its page shows it: words, numbers, what went wrong, and what there is to do now.
import type { Action } from '../../errors.ts'
import { type Cause, isInterrupted, isUnderWay, type Run } from '../../runs/run.ts'
import type { Runs } from '../../runs/runs.ts'
import { maySettle } from '../../vendors/push.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { connectPath } from '../http/paths.ts'
import { detailOf, sentenceOf } from '../page/sync-messages.ts'
import { campaigns, countsOf, headlineOf, progressOf, runStatus, textOf } from './messages.ts'
import { factsOf, msLeft, nameOf, shortAccessText } from './text.ts'
import type { BarPart, RunView } from './view-models.ts'

/** Name of the campaign that was begun last, if known. */
export async function nowSending(runs: Runs, run: Run): Promise<string | undefined> {
  if (run.now === undefined) return undefined
  const [sending] = await runs.items(run.id, run.now, run.now + 1)
  return sending?.item.name
}

/** `sending`: as `nowSending` tells it. */
export function viewOf(run: Run, vendor: Vendor, sending?: string): RunView {
  const settled = run.total - run.left
  const interrupted = isInterrupted(run)
  const live = isUnderWay(run) && !interrupted
  const shortAccess = live ? shortAccessText(run, vendor) : undefined
  return {
    id: run.id,
    title: run.title,
    name: nameOf(run, vendor),
    headline: headlineOf(run, interrupted),
    status: runStatus(run, interrupted),
    progress: progressOf(run),
    text: textOf(run, vendor, interrupted),
    total: run.total,
    settled,
    percent: run.total === 0 ? 100 : Math.floor((settled / run.total) * 100),
    bar: barOf(run),
    barText: barTextOf(run),
    counts: countsOf(run),
    facts: live ? factsOf(run, vendor, sending) : [],
    live,
    ...(shortAccess !== undefined && { shortAccess }),
    actions: actionsOf(run, vendor, interrupted),
    failures: live ? [] : run.causes.map((cause) => failureOf(cause, vendor)),
    createdAt: new Date(run.createdAt).toISOString(),
  }
}

function failureOf({ result, count, names }: Cause, vendor: Vendor): RunView['failures'][number] {
  const text = sentenceOf(
    result,
    vendor,
    count === 1 && names[0] !== undefined ? names[0] : 'these campaigns',
  )
  const detail = detailOf(result)
  return { text, count, names, ...(detail !== '' && { detail }) }
}

function actionsOf(run: Run, vendor: Vendor, interrupted: boolean): Action[] {
  const path = `/runs/${run.id}`
  const start = (label: string, fields = {}): Action => ({
    label,
    post: `${path}/start`,
    fields,
    primary: true,
  })
  const again = retryActions(run, vendor)
  if (interrupted)
    return [start('Continue'), { label: 'Stop and keep what is done', post: `${path}/stop` }]
  switch (run.state) {
    case 'draft':
      return [start(`Sync ${campaigns(run.total)}`), { label: 'Cancel', post: `${path}/stop` }]
    case 'running':
      return [
        { label: 'Stop after this campaign', post: `${path}/stop` },
        ...reauthorize(run, vendor),
      ]
    case 'stopping':
      return []
    case 'paused':
      return [
        start(run.reason === 'busy' ? 'Continue' : 'Renew access and continue'),
        { label: 'Stop and keep what is done', post: `${path}/stop` },
      ]
    case 'stopped':
      return [start(`Sync the remaining ${run.left.toLocaleString('en')}`), ...again]
    case 'done':
      return again
  }
}

/** Unknown ones go with the failed where the vendor settles that; a new push of them is what only the person can want. */
function retryActions(run: Run, vendor: Vendor): Action[] {
  const post = `/runs/${run.id}/retry`
  const isSafe = maySettle(vendor)
  const failed = run.failed + (isSafe ? run.unknown : 0)
  const actions: Action[] = []
  if (failed > 0) actions.push({ label: `Retry ${failed.toLocaleString('en')}`, post })
  if (run.unknown === 0) return actions
  const count = run.unknown.toLocaleString('en')
  const pushes = run.unknown === 1 ? 'as a new push' : 'as new pushes'
  return isSafe
    ? [...actions, { label: `Send ${count} ${pushes}`, post, fields: { unknown: 'new' } }]
    : [...actions, { label: `Check and sync ${count} again`, post, fields: { unknown: '1' } }]
}

/** Offered while the run goes on: with access renewed in time it does not pause. */
function reauthorize(run: Run, vendor: Vendor): Action[] {
  const ends = run.accessEndsAt ?? Number.POSITIVE_INFINITY
  const soon = ends - Date.now() < Math.max(60_000, msLeft(run, Date.now()) ?? 0)
  return soon ? [{ label: 'Renew access', href: connectPath(vendor.id, { run: run.id }) }] : []
}

/** Percent that one failed campaign of many has at least, to be seen. */
const LEAST = 0.6

function barOf(run: Run): RunView['bar'] {
  const { sent, skipped, unknown, failed, left, total } = run
  const counts: [BarPart, number][] = [
    ['skipped', skipped],
    ['unknown', unknown],
    ['failed', failed],
    ['rest', left],
  ]
  const shares = counts.map(([part, count]) => [part, widthOf(count, total)] as const)
  const others = shares.reduce((sum, [, width]) => sum + width, 0)
  const all = [['synced', sent === 0 ? 0 : Math.max(0, 100 - others)] as const, ...shares]
  let from = 0
  return all.flatMap(([part, width]) => {
    const begin = from
    from += width
    return width === 0 ? [] : [{ part, from: rounded(begin), width: rounded(width) }]
  })
}

function barTextOf({ total, left, failed, unknown }: Run): string {
  const done = `${(total - left).toLocaleString('en')} of ${total.toLocaleString('en')} done`
  const bad = [
    failed > 0 ? `, ${failed.toLocaleString('en')} failed` : '',
    unknown > 0 ? `, ${unknown.toLocaleString('en')} unknown` : '',
  ]
  return done + bad.join('')
}

function widthOf(count: number, total: number): number {
  return count === 0 ? 0 : Math.max(LEAST, (count / total) * 100)
}

function rounded(percent: number): number {
  return Math.round(percent * 100) / 100
}
