// Four eyes: a run above a limit waits for somebody else's yes to the very set that was shown.
import { z } from 'zod'
import type { Store } from '../store/store.ts'
import { parseJson } from '../store/stored-text.ts'

/** A run of more than either waits; undefined is no limit. */
export interface ApprovalLimits {
  campaigns: number | undefined
  /** The sum of the campaigns' budgets, whatever their currency. */
  budget: number | undefined
}

const WAITING = 'approvals'
/** A run that waits is kept so long, and so is the yes to it. */
const KEPT_SECONDS = 7 * 24 * 3600

const approvalSchema = z.object({
  /** Of what was shown: an approval of another set is none. */
  hash: z.string(),
  /** Whose run it is: they cannot approve it. */
  owner: z.string(),
  /** Their name. */
  person: z.string(),
  /** ms since 1970. */
  at: z.number(),
  approvedBy: z.string().optional(),
})
export type Approval = z.infer<typeof approvalSchema>

/** One hash, a field a run. */
export function createApprovals(store: Store) {
  async function read(run: string): Promise<Approval | undefined> {
    const [text = null] = await store.hMGet(WAITING, [run])
    return approvalSchema.safeParse(parseJson(text)).data
  }

  async function write(run: string, approval: Approval): Promise<void> {
    await store.hSet(WAITING, run, JSON.stringify(approval), KEPT_SECONDS)
  }

  return {
    read,

    /** From now on the run waits, and what was approved of another set counts no more. */
    async request(run: string, approval: Omit<Approval, 'at' | 'approvedBy'>): Promise<void> {
      await store.expire(`run:${run}`, KEPT_SECONDS)
      await write(run, { ...approval, at: Date.now() })
    },

    /** True when it was waiting with this very hash, and for somebody else. */
    async approve(run: string, hash: string, by: { owner: string; name: string }) {
      const found = await read(run)
      if (found?.hash !== hash || found.owner === by.owner) return false
      await write(run, { ...found, approvedBy: by.name })
      return true
    },

    async remove(run: string): Promise<void> {
      await store.hDel(WAITING, run)
    },

    /** Those that wait, by the id of their run, the longest waiting first. */
    async waiting(): Promise<[run: string, approval: Approval][]> {
      const all = Object.entries(await store.hGetAll(WAITING))
      return all
        .flatMap(([run, text]): [string, Approval][] => {
          const { data } = approvalSchema.safeParse(parseJson(text))
          return data && data.approvedBy === undefined ? [[run, data]] : []
        })
        .sort(([, a], [, b]) => a.at - b.at)
    },
  }
}
