// Four eyes: a run above a limit waits for somebody else's yes to the very set that was shown.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Campaign } from '../campaigns/campaign.ts'
import type { Store } from '../store/store.ts'
import { parseJson } from '../store/stored-text.ts'
import { contentHash } from '../vendors/request.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { counterOf, mayStart, type Run } from './run.ts'
import { keyOf, type RunStore } from './run-store.ts'

/** A run of more than either waits; undefined is no limit. */
export interface ApprovalLimits {
  campaigns: number | undefined
  /** The sum of the campaigns' budgets, whatever their currency. */
  budget: number | undefined
}

const WAITING = 'approvals'
const KEPT_SECONDS = 7 * 24 * 3600

const approvalSchema = z.object({
  /** Of what was shown: an approval of another set is none. */
  hash: z.string(),
  /** Whose run it is: they cannot approve it. */
  owner: z.string(),
  person: z.string(),
  /** ms since 1970. */
  at: z.number(),
  approvedBy: z.string().optional(),
})
export type Approval = z.infer<typeof approvalSchema>

const parse = (text: string | null) => approvalSchema.safeParse(parseJson(text)).data

/** Somebody else has written between a try's read and its write. */
const MOST_TRIES = 12

/** One hash, a field a run. */
export function createApprovals(store: Store) {
  async function readText(run: string): Promise<string | null> {
    const [text = null] = await store.hMGet(WAITING, [run])
    return text
  }

  return {
    async read(run: string): Promise<Approval | undefined> {
      return parse(await readText(run))
    },

    /** From now on the run waits, and what was approved of another set counts no more. */
    async request(run: Run, approval: Omit<Approval, 'at' | 'approvedBy'>): Promise<void> {
      if (run.startedAt === undefined) await store.expire(keyOf(run.id), KEPT_SECONDS)
      const text = JSON.stringify({ ...approval, at: Date.now() })
      await store.hSet(WAITING, run.id, text, KEPT_SECONDS)
    },

    /** True when it was waiting with this very hash, and for somebody else. What changes meanwhile is looked at again. */
    async approve(run: string, hash: string, by: { owner: string; name: string }) {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const is = await readText(run)
        const found = parse(is)
        if (found?.hash !== hash || found.owner === by.owner) return false
        const fields = { [run]: JSON.stringify({ ...found, approvedBy: by.name }) }
        const set = { hSet: WAITING, fields, ms: KEPT_SECONDS * 1000 }
        if ((await store.stepIf([{ key: WAITING, field: run, is }], [set])).done) return true
      }
      return false
    },

    /** Nobody is to say yes now. One that was given holds for when the run goes on. */
    async withdraw(run: string): Promise<void> {
      const is = await readText(run)
      if (parse(is)?.approvedBy !== undefined) return
      await store.stepIf([{ key: WAITING, field: run, is }], [{ hDel: WAITING, fields: run }])
    },

    async remove(run: string): Promise<void> {
      await store.hDel(WAITING, run)
    },

    /** Those that wait, by the id of their run, the longest waiting first. */
    async waiting(): Promise<[run: string, approval: Approval][]> {
      const all = Object.entries(await store.hGetAll(WAITING))
      return all
        .flatMap(([run, text]): [string, Approval][] => {
          const approval = parse(text)
          return approval && approval.approvedBy === undefined ? [[run, approval]] : []
        })
        .sort(([, a], [, b]) => a.at - b.at)
    },
  }
}

export type Approvals = ReturnType<typeof createApprovals>

/** Of a run that may be under way. */
interface ShownDeps {
  runs: Pick<RunStore, 'all'>
  campaigns: { get(id: string): Campaign | undefined }
  vendor(id: string): Vendor
}

interface ApprovalDeps extends ShownDeps {
  config: { approveAbove: ApprovalLimits | undefined }
  approvals: Pick<Approvals, 'read'>
}

export interface FourEyesDeps extends ApprovalDeps {
  runs: Pick<RunStore, 'all'> & {
    get(owner: string, id: string): Promise<Run | undefined>
    returned(owner: string, id: string | undefined, granted: boolean): Promise<void>
  }
}

/** What would be sent of one campaign. */
interface ShownCampaign {
  content: string
  budget: number
}

/** What an approver is shown of a run: what is left of it, and a hash of that and of what was sent before. */
export interface Shown {
  hash: string
  count: number
  budget: number
  names: string[]
  /** By the id of the campaign; those that are gone are left out. */
  campaigns: Map<string, ShownCampaign>
}

const NAMED = 20

/** The campaigns as they are now, or were when they were sent: a change of one that is left makes another hash. */
export async function shownOf(deps: ShownDeps, run: Run): Promise<Shown> {
  const vendor = deps.vendor(run.vendor)
  const hash = createHash('sha256').update(`${run.id} ${vendor.id} ${run.title}`)
  const campaigns: Shown['campaigns'] = new Map()
  const shown = { count: 0, budget: 0, names: [] as string[] }
  for await (const { item } of deps.runs.all(run)) {
    if (counterOf(item.state) !== 'left') {
      // What was skipped had gone, and is as it was when that was approved.
      const state = item.state === 'skipped' ? 'gone' : item.state
      hash.update(`\n${item.campaign} ${item.content ?? state}`)
      continue
    }
    const campaign = deps.campaigns.get(item.campaign)
    const content = campaign && contentHash(vendor, campaign)
    const budget = campaign?.budget ?? 0
    hash.update(`\n${item.campaign} ${content ?? 'gone'}`)
    if (content !== undefined) campaigns.set(item.campaign, { content, budget })
    shown.count += 1
    shown.budget += budget
    if (shown.names.length < NAMED) shown.names.push(item.name)
  }
  return { ...shown, campaigns, hash: hash.digest('base64url') }
}

/** Whether so much is more than one person may start alone. */
export function isAbove(
  { campaigns = Number.POSITIVE_INFINITY, budget = Number.POSITIVE_INFINITY }: ApprovalLimits,
  much: Pick<Shown, 'count' | 'budget'>,
): boolean {
  return much.count > campaigns || much.budget > budget
}

/** How a run stands that may go on: whether what is left of it needs a yes, waits for it, or whose it has. */
export async function approvalOf(
  deps: ApprovalDeps,
  run: Run,
): Promise<
  { state: 'needed' | 'waiting'; shown: Shown } | { state: 'approved'; by: string } | undefined
> {
  const { approvals, config } = deps
  const limits = config.approveAbove
  if (!limits) return undefined
  const shown = await shownOf(deps, run)
  if (!isAbove(limits, shown)) return undefined
  const known = await approvals.read(run.id)
  if (known?.hash !== shown.hash) return { state: 'needed', shown }
  return known.approvedBy === undefined
    ? { state: 'waiting', shown }
    : { state: 'approved', by: known.approvedBy }
}

/** Access came for a run that waits for it: it goes on, unless it needs a yes that it does not have as it is now. */
export async function goOnWithAccess(
  deps: FourEyesDeps,
  owner: string,
  id: string | undefined,
): Promise<void> {
  const run = id === undefined ? undefined : await deps.runs.get(owner, id)
  const approval = run && mayStart(run) ? await approvalOf(deps, run) : undefined
  if (approval && approval.state !== 'approved') return
  await deps.runs.returned(owner, id, true)
}
