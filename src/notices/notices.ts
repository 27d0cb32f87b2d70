// Told when not looking: runs that pause, fail or recover, and access that ends while a run needs it.
import { fieldOf } from '../access/token-key.ts'
import type { Tokens } from '../access/tokens.ts'
import type { Http } from '../http/client.ts'
import { type Run, runTokenKey } from '../runs/run.ts'
import type { Store } from '../store/store.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { createChannels, type NoticeSettings } from './channels.ts'
import { leadOf, type Notice, noticeOfAccess, noticeOfApproval, noticeOfEnd } from './notice.ts'
import { createOutbox } from './outbox.ts'

const TICK_MS = 5_000

export interface NoticesDeps {
  store: Store
  http: Http
  tokens: Tokens
  vendor(id: string): Vendor | undefined
  event(name: string, fields: object): void
  publicUrl: string
}

export function createNotices(deps: NoticesDeps, settings: NoticeSettings) {
  const { event, publicUrl, store, vendor: vendorOf } = deps
  const outbox = createOutbox(store, createChannels(deps.http, settings), event)
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> = Promise.resolve()
  let isClosing = false
  let active: () => Promise<Run[]> = async () => []

  async function addOnce(notice: Notice | undefined, mark?: string): Promise<void> {
    if (notice && !(await outbox.isKnown(notice.id))) await outbox.add(notice, mark)
  }

  async function work(now: number): Promise<void> {
    for (const run of await active()) await addOnce(await accessNoticeOf(deps, run, now))
    await outbox.sendDue(now, () => isClosing)
  }

  /** One after the other; what fails is tried at the next tick. */
  function tick(now = Date.now()): Promise<void> {
    working = working.then(() => work(now)).catch(() => event('notice.store-away', {}))
    return working
  }

  return {
    tick,

    /** Looks every five seconds for what is due. `active`: the runs that are under way. */
    start(runs: { active(): Promise<Run[]> }): void {
      active = runs.active
      timer = setInterval(() => void tick(), TICK_MS).unref()
    },

    /** To be awaited before a run that has ended is let go: whoever finds it after a crash tells of it then. */
    async runEnded(run: Run): Promise<void> {
      const mark = `run.${run.id}`
      const wasReported = await outbox.isKnown(mark)
      const vendorName = vendorOf(run.vendor)?.name ?? run.vendor
      const notice = noticeOfEnd(run, vendorName, publicUrl, wasReported)
      await addOnce(notice, notice?.kind === 'run.recovered' ? undefined : mark)
      if (notice) void tick()
    },

    /** A run waits for somebody other than this person to approve it. */
    async approvalNeeded(run: Run, person: string): Promise<void> {
      await outbox.add(noticeOfApproval(run, person, publicUrl))
      void tick()
    },

    async close(): Promise<void> {
      isClosing = true
      clearInterval(timer)
      await working
    },
  }
}

/** Of access that ends soon while this run needs it and cannot renew it by itself. */
async function accessNoticeOf(
  { publicUrl, tokens, vendor: vendorOf }: NoticesDeps,
  run: Run,
  now: number,
): Promise<Notice | undefined> {
  const vendor = vendorOf(run.vendor)
  if (run.state !== 'running' || run.accessEndsAt === undefined || !vendor) return undefined
  const known = await tokens.connections(run.owner)
  const connection = known.get(fieldOf(runTokenKey(run, vendor)))
  if (!connection || connection.renews) return undefined
  const lead = leadOf(connection.endsAt - connection.since)
  if (lead === undefined || connection.endsAt - lead > now) return undefined
  return noticeOfAccess(run, vendor.name, publicUrl, connection.endsAt)
}
