// The items of a run that are still to be sent, in the run's order: taking the next, and writing down what became of it.
import type { Campaign } from '../campaigns/campaign.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { type FencedWrite, FencingTokenLost } from './fenced-writes.ts'
import { turnOf, unanswered } from './item-states.ts'
import { counterOf, type Item, type Run, type RunHead, type StoredItem } from './run.ts'
import type { RunStore } from './run-store.ts'

export interface OpenItemsDeps {
  runStore: RunStore
  campaign(id: string): Campaign | undefined
}

/** An item as it was read, as it is to be while it is sent, and the campaign to send. */
export interface ItemToSend {
  stored: StoredItem
  to: Item
  campaign: Campaign
}

export function createOpenItems(
  { runStore, campaign: campaignOf }: OpenItemsDeps,
  run: Run,
  vendor: Vendor | undefined,
  write: FencedWrite,
) {
  const unread = openItems(runStore, run)
  const returned: StoredItem[] = []
  let isRead = false

  async function next(): Promise<StoredItem | undefined> {
    const stored = returned.shift() ?? (await unread.next()).value
    isRead ||= stored === undefined
    return stored
  }

  /** Writes an item's end; one that is left may be begun again. @throws FencingTokenLost */
  async function record(stored: StoredItem, to: Item, set: RunHead = {}): Promise<void> {
    if (!(await write([{ stored, to }], {}, set))) throw new FencingTokenLost()
    if (to.state === 'left') returned.push({ ...stored, item: to, text: JSON.stringify(to) })
  }

  return {
    record,

    /** The next item with a campaign to send; those before it that have none are written down. @throws FencingTokenLost */
    async take(): Promise<ItemToSend | undefined> {
      for (;;) {
        const stored = await next()
        if (!stored || !vendor) return undefined
        const { item: to, campaign } = turnOf(
          stored,
          run.id,
          vendor,
          campaignOf(stored.item.campaign),
        )
        if (campaign) return { stored, to, campaign }
        await record(stored, to)
      }
    },

    putFirst: (stored: StoredItem) => returned.unshift(stored),
    /** False when all have been read and none was put back. */
    mayHaveMore: () => returned.length > 0 || !isRead,

    /** Items that an earlier runner was sending, and this one will not send again, become unknown. */
    async settleInFlight(): Promise<void> {
      for await (const stored of openItems(runStore, run))
        if (stored.item.state === 'sending') await record(stored, unanswered(stored.item))
    },
  }
}

/** Items that are left or were in flight, in the run's order. */
async function* openItems(runStore: RunStore, run: Run): AsyncGenerator<StoredItem, undefined> {
  for await (const stored of runStore.all(run))
    if (counterOf(stored.item.state) === 'left') yield stored
  return undefined
}
