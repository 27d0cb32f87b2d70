// Making a run: a draft whose campaigns are fixed from then on, and which is forgotten when a person has too many.
import { randomText } from '../random.ts'
import type { Store } from '../store/store.ts'
import { DRAFTS_MOST, field, fresh, type Run, texts } from './run.ts'
import {
  CHUNK,
  KEPT_SECONDS,
  keyOf,
  LISTED,
  listOf,
  type RunStore,
  transition,
} from './run-store.ts'

const DRAFT_MS = 24 * 3600 * 1000

export type DraftAbout = Pick<Run, 'owner' | 'vendor' | 'title' | 'choice' | 'person'>

interface DraftItem {
  id: string
  name: string
}

/** A draft of these campaigns, in this order; gives its id. The oldest of too many drafts is forgotten. */
export async function createDraft(
  store: Store,
  runStore: RunStore,
  about: DraftAbout,
  campaigns: readonly DraftItem[],
): Promise<string> {
  const id = await storeDraft(store, about, campaigns)
  const drafts = (await runStore.list(about.owner)).filter(({ state }) => state === 'draft')
  for (const old of drafts.slice(DRAFTS_MOST))
    if (await transition(runStore, old, { state: 'stopped', reason: 'asked' }))
      await runStore.remove(old)
  return id
}

/** It is listed when it is whole. */
async function storeDraft(
  store: Store,
  about: DraftAbout,
  items: readonly DraftItem[],
): Promise<string> {
  const id = randomText(16)
  for (let start = 0; start < items.length; start += CHUNK) {
    const chunk = items.slice(start, start + CHUNK)
    const entries = chunk.map(({ id, name }, index) => [field(start + index), fresh(id, name)])
    await store.step([{ hSet: keyOf(id), fields: Object.fromEntries(entries), ms: DRAFT_MS }])
  }
  await store.step([
    { hSet: keyOf(id), fields: texts(draftHead(about, items.length)), ms: DRAFT_MS },
  ])
  await store.step([
    { lPush: listOf(about.owner), value: id, ms: KEPT_SECONDS * 1000 },
    { lTrim: listOf(about.owner), start: 0, stop: LISTED - 1 },
  ])
  return id
}

function draftHead(about: DraftAbout, total: number) {
  const counts = { total, left: total, sent: 0, failed: 0, skipped: 0, unknown: 0 }
  const choice = about.choice && JSON.stringify(about.choice)
  return { ...about, ...counts, choice, state: 'draft', fence: 0, leg: 0, createdAt: Date.now() }
}
