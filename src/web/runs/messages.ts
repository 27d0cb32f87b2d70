// A run in words: where it stands, what that means, and what was chosen for it.
import type { Action } from '../../errors.ts'
import type { Choice, Run } from '../../runs/run.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import type { SyncStatus } from '../page/view-models.ts'
import type { RunView } from './view-models.ts'

export function campaigns(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'campaign' : 'campaigns'}`
}

export function headlineOf(run: Run, interrupted: boolean): string {
  const of = `${(run.total - run.left).toLocaleString('en')} of ${run.total.toLocaleString('en')}`
  if (interrupted) return `Interrupted at ${of}`
  switch (run.state) {
    case 'draft':
      return `Sync ${campaigns(run.total)}?`
    case 'running':
      return `Syncing ${of}`
    case 'stopping':
      return `Stopping at ${of}`
    case 'paused':
      return `Paused ${of}`
    case 'stopped':
      return `Stopped at ${of}`
    case 'done':
      return `${run.sent.toLocaleString('en')} of ${run.total.toLocaleString('en')} synced`
  }
}

/** "21 of 40": what is settled, or of a run that is done, what is synced. */
export function progressOf({ state, sent, total, left }: Run): string {
  if (state === 'draft' || sent === total) return ''
  const count = state === 'done' ? sent : total - left
  return `${count.toLocaleString('en')} of ${total.toLocaleString('en')}`
}

/** The badge: it never contradicts the heading. */
export function runStatus(run: Run, interrupted: boolean): SyncStatus {
  if (interrupted) return 'Paused'
  switch (run.state) {
    case 'draft':
      return 'Not synced'
    case 'running':
    case 'stopping':
      return 'Syncing'
    case 'paused':
      return 'Paused'
    case 'stopped':
      return 'Stopped'
    case 'done':
      return doneStatus(run)
  }
}

function doneStatus({ sent, failed, unknown, total }: Run): SyncStatus {
  if (sent === total) return 'Synced'
  if (sent > 0) return 'Partly'
  if (failed > 0) return 'Failed'
  return unknown > 0 ? 'Unknown' : 'Not synced'
}

export function textOf(run: Run, { name }: Pick<Vendor, 'name'>, interrupted: boolean): string {
  const done = (run.total - run.left).toLocaleString('en')
  const left = `${done} of ${run.total.toLocaleString('en')} done, ${run.left.toLocaleString('en')} left`
  if (interrupted) return `The process that did the work has ended: ${left}, nothing is lost.`
  switch (run.state) {
    case 'draft':
      return 'Nothing has been sent yet.'
    case 'running':
      return 'You can close this page; the run goes on.'
    case 'stopping':
      return 'What is being sent is still finished.'
    case 'paused':
      return pausedText(run, name, `${left}, nothing is lost.`)
    case 'stopped':
      if (run.reason === 'failures')
        return `${name} gave the same answer again and again, so it stopped early: ${left}.`
      if (run.reason === 'approval')
        return `What is left is above the limit for one person, as it is now, and an approver has to say yes first: ${left}.`
      return run.reason === 'retry'
        ? `Nothing was sent again yet: ${left}.`
        : `You stopped it: ${left}. What is done is kept.`
    case 'done':
      return doneText(run, name)
  }
}

/** Why it is paused, and then how far it is. */
function pausedText(run: Run, vendor: string, left: string): string {
  switch (run.reason) {
    case 'denied':
      return `You cancelled at ${vendor}: ${left}`
    case 'busy':
      return `Other runs of yours are under way: ${left} Go on with this one when one of them has ended.`
    case 'refused':
      return `${vendor} gave access and then refused it: ${left}`
    default:
      return run.leg === 0
        ? `${vendor} has not been asked for access yet: ${left}`
        : `Access ended: ${left}`
  }
}

/** What to do about the rest; how many there are of each stands beside it. */
function doneText({ sent, total, failed, unknown, skipped }: Run, vendor: string): string {
  if (sent === total) return `All of it was sent to ${vendor}.`
  return [
    failed > 0 ? 'Correct what failed, and retry it.' : [],
    unknown > 0 ? `Nobody can tell yet whether ${vendor} got what is unknown.` : [],
    skipped > 0 ? 'What was skipped is no longer in the campaign file.' : [],
  ]
    .flat()
    .join(' ')
}

export function countsOf({ sent, failed, skipped, unknown, left }: Run): RunView['counts'] {
  const all = { synced: sent, failed, skipped, unknown, left }
  return Object.entries(all).map(([label, count]) => ({ label, count }))
}

/** "3 new, 1 changed, 1 that needs attention": what goes into a run. */
export function choiceText({ counts }: Choice): string {
  const all = [
    [counts.new, 'new'],
    [counts.changed, 'changed'],
    [counts.attention, counts.attention === 1 ? 'that needs attention' : 'that need attention'],
    [counts.unsure, 'synced before, in a version that is not known'],
    [counts.unchanged, 'unchanged'],
  ] as const
  const some = all.filter(([count]) => count > 0)
  return some.map(([count, what]) => `${count.toLocaleString('en')} ${what}`).join(', ')
}

export function leftOutText(
  { because, message, count }: Choice['leftOut'][number],
  { name }: Pick<Vendor, 'name'>,
): string {
  const many = count.toLocaleString('en')
  if (because === 'incomplete')
    return `${many} incomplete: ${message ?? 'a needed field is missing'}.`
  const [them, are] = count === 1 ? ['it', 'it is'] : ['them', 'they are']
  return `${many} unchanged: ${name} has ${them} as ${are} now.`
}

/** Another draft with what was left out as unchanged; undefined when there is none. */
export function resendAction({ leftOut, filter }: Choice): Action | undefined {
  const unchanged = leftOut.find(({ because }) => because === 'unchanged')
  if (!unchanged || !filter) return undefined
  const label = `Send the ${unchanged.count.toLocaleString('en')} unchanged too`
  return { label, post: '/runs', fields: { ...filter, all: '1', unchanged: '1' } }
}
