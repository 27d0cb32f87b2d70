// What people are told when they are not looking: one sentence, and a link to the page with the button. Pure.
import { z } from 'zod'
import type { Run } from '../runs/run.ts'

const KINDS = [
  'run.paused',
  'run.failed',
  'run.recovered',
  'access.ending',
  'run.awaiting',
] as const

export const noticeSchema = z.object({
  /** The same for each channel and each try: whoever gets it twice can tell. */
  id: z.string(),
  kind: z.enum(KINDS),
  /** ms since 1970. */
  at: z.number(),
  subject: z.string(),
  text: z.string(),
  url: z.string(),
  run: z.string(),
  vendor: z.string(),
})
export type Notice = z.infer<typeof noticeSchema>

type About = Pick<Notice, 'kind' | 'subject' | 'text'>

/**
 * Of a run that nobody is at any more; undefined when there is nothing to say: it went well, or a person ended it.
 * `wasReported`: people were told before that it paused or failed.
 */
export function noticeOfEnd(
  run: Run,
  vendorName: string,
  publicUrl: string,
  wasReported: boolean,
): Notice | undefined {
  const about = aboutEnd(run, vendorName, wasReported)
  return about && notice(run, about, publicUrl, `${run.leg}.${run.fence}`)
}

function aboutEnd(run: Run, vendorName: string, wasReported: boolean): About | undefined {
  const { title, left, sent, failed, unknown, total } = run
  const count = `${sent} of ${total} synced, ${failed + unknown} need attention, ${left} left.`
  if (run.state === 'paused') {
    const why =
      run.reason === 'busy'
        ? 'other runs of the same person are under way'
        : `${vendorName} needs a person to approve`
    return { kind: 'run.paused', subject: `Paused: ${title}`, text: `It waits: ${why}. ${count}` }
  }
  const isOver =
    run.state === 'done' ||
    (run.state === 'stopped' && (run.reason === 'failures' || run.reason === 'approval'))
  if (!isOver) return undefined
  if (failed + unknown + left > 0)
    return { kind: 'run.failed', subject: `Needs attention: ${title}`, text: count }
  if (!wasReported) return undefined
  return { kind: 'run.recovered', subject: `Done after all: ${title}`, text: count }
}

/** Of a run that is under way with access that ends soon. `endsAt` in ms since 1970. */
export function noticeOfAccess(
  run: Run,
  vendorName: string,
  publicUrl: string,
  endsAt: number,
): Notice {
  const when = new Date(endsAt)
    .toISOString()
    .replace(/:\d\d\.\d{3}Z$/, ' UTC')
    .replace('T', ' ')
  const subject = `Access to ${vendorName} ends soon: ${run.title}`
  const text = `It ends at ${when}, and ${run.left} campaigns of this run are left. Renew it now and the run does not pause.`
  return notice(run, { kind: 'access.ending', subject, text }, publicUrl, String(endsAt))
}

/** Of a run that waits for an approver; `person` wants it. */
export function noticeOfApproval(run: Run, person: string, publicUrl: string): Notice {
  const subject = `Approval needed: ${run.title}`
  const text = `${person} wants to sync ${run.left} campaigns. Nothing is sent before somebody else approves.`
  const about = { kind: 'run.awaiting' as const, subject, text }
  return { ...notice(run, about, publicUrl, String(Date.now())), url: `${publicUrl}/approvals` }
}

function notice(run: Run, about: About, publicUrl: string, change: string): Notice {
  return {
    id: `${about.kind}.${run.id}.${change}`,
    ...about,
    at: Date.now(),
    url: `${publicUrl}/runs/${run.id}`,
    run: run.id,
    vendor: run.vendor,
  }
}

const HOUR = 3600_000
const DAY = 24 * HOUR

/** ms before its end at which people are told, by how long access lasts in all; undefined under an hour: too late to matter. */
export function leadOf(lifetimeMs: number): number | undefined {
  return lifetimeMs < HOUR ? undefined : Math.min(7 * DAY, Math.floor(lifetimeMs / 7))
}
