// One person, one campaign, one model vendor and the heart: the steps of the model, and what has to hold after each.
import { expect, vi } from 'vitest'
import { createTokens } from '../../../src/access/tokens.ts'
import { type Campaign, campaignSchema } from '../../../src/campaigns/campaign.ts'
import {
  approve,
  deny,
  type Intent,
  idempotencyKeyOf,
  isFinal,
  isUncertain,
  newIntent,
  resultOf,
} from '../../../src/sync/intent.ts'
import { createIntents, intentKey, readIntent } from '../../../src/sync/intents.ts'
import { createLinks } from '../../../src/sync/links.ts'
import { lockKeyOf } from '../../../src/sync/push-lock.ts'
import { type SyncOutcome, sync } from '../../../src/sync/sync.ts'
import {
  campaignTokenKey,
  intentToRetry,
  type SyncRequest,
} from '../../../src/sync/sync-request.ts'
import { contentHash } from '../../../src/vendors/request.ts'
import { vendorSchema } from '../../../src/vendors/vendor.ts'
import { bannerOf } from '../../../src/web/page/sync-messages.ts'
import { createMemoryStore } from './memory-store.ts'
import { type Behaviour, createModelVendor, type Kind } from './model-vendor.ts'

const OWNER = 'o1'
const CERTAIN = /did not accept|Nothing was s|may not change|is waiting|not sent yet|slow down/
const FOR_EVER = new Promise<void>(() => {})

export type Real = Awaited<ReturnType<typeof createWorld>>
type Send = NonNullable<SyncRequest['resend']>['send']

export async function createWorld(kind: Kind) {
  const vendor = vendorOf(kind)
  const memory = createMemoryStore()
  const model = createModelVendor(kind, pushing)
  const ours = deps()
  let version = 1
  let campaign = campaignOf(version)
  let presses = 0
  const made: { press: string; shown: string }[] = []
  const told: { intent: Intent; shown: string }[] = []
  const finals = new Map<string, string>()
  const uncertain = new Set<string>()
  const closedByPerson = new Set<string>()
  await storeToken()

  /** One process. */
  function deps(beforeStep?: () => Promise<void>) {
    const store = memory.seenBy(beforeStep)
    const sealer = {
      seal: async (_: string, value: unknown) => JSON.stringify(value),
      open: async (_: string, text: string | null): Promise<unknown> =>
        text === null ? undefined : JSON.parse(text),
    }
    const log = Object.assign(Object.create(null), { add: async () => {} })
    return {
      store,
      intents: createIntents(store),
      tokens: createTokens(store, sealer),
      links: createLinks(store),
      http: model.http,
      syncLog: log,
      event: () => {},
    }
  }

  function pushing() {
    const lock = memory.texts.get(lockKeyOf({ owner: OWNER, vendor: 'model', campaign: 'C1' }))
    const id = lock?.split(' ')[0] ?? ''
    const intent = readIntent(id, memory.texts.get(intentKey(OWNER, id)) ?? null)?.intent
    return { intent: id, key: intent ? idempotencyKeyOf(intent) : id }
  }

  async function storeToken(): Promise<void> {
    model.setToken(true)
    const set = { accessToken: `t${Date.now()}`, expiresIn: 86_400, values: undefined }
    await ours.tokens.put(campaignTokenKey(OWNER, vendor, campaign), Object.assign(set))
  }

  const shownNow = () => contentHash(vendor, campaign)
  const hashOfBody = (body: string) => contentHash(vendor, campaignSchema.parse(JSON.parse(body)))

  /** Runs it while the clock goes on, for at most two minutes of it. */
  async function settled<T>(work: Promise<T>): Promise<T> {
    let isOver = false
    const watched = work.finally(() => {
      isOver = true
    })
    watched.catch(() => {})
    for (let turns = 0; !isOver && turns < 2_000; turns++) {
      for (let ticks = 0; ticks < 40 && !isOver; ticks++) await Promise.resolve()
      if (!isOver) await vi.advanceTimersByTimeAsync(100)
    }
    expect(isOver, 'a press that does not end').toBe(true)
    return watched
  }

  async function play(request: SyncRequest, how: Behaviour[] = []): Promise<void> {
    model.script.splice(0, 9, ...how)
    tell(await settled(sync(ours, request)))
    model.script.length = 0
  }

  function requestOf(press: string, shown: string): SyncRequest {
    const asked = { vendor: vendor.id, campaign: campaign.id, referrer: '/', shown }
    return { owner: OWNER, vendor, campaign, intent: newIntent(OWNER, asked, press) }
  }

  function newPress(): SyncRequest {
    const one = { press: `press-${++presses}`, shown: shownNow() }
    made.push(one)
    return requestOf(one.press, one.shown)
  }

  /** What the person is told is true at this moment. */
  function tell({ next, intent }: SyncOutcome): void {
    told.push({ intent, shown: shownNow() })
    if (next === 'authorize' || !resultOf(intent)) return
    const { text } = bannerOf(intent, vendor, campaign)
    const key = idempotencyKeyOf(intent)
    const effects = model.effects.filter((one) => one.intent === intent.id && one.key === key)
    if (CERTAIN.test(text) && !text.includes('don’t know')) expect(effects, text).toEqual([])
    if (resultOf(intent)?.kind === 'sent') {
      const isOf = (one: { body: string }) => hashOfBody(one.body) === intent.content
      expect(model.effects.some(isOf), text).toBe(true)
      if (text === `${campaign.name} synced.`) expect(intent.content).toBe(shownNow())
    }
  }

  const stored = () =>
    [...memory.texts].flatMap(([key, text]) => {
      const id = key.startsWith('intent:') ? (key.split(':').at(-1) ?? '') : ''
      return id === '' ? [] : (readIntent(id, text) ?? [])
    })

  return {
    /** What holds after every step. */
    check(): void {
      for (const { intent, text } of stored()) {
        const before = finals.get(intent.id)
        if (before !== undefined) expect(text, 'a final intent changed').toBe(before)
        if (isFinal(intent)) finals.set(intent.id, text)
        const wasUncertain = uncertain.delete(intent.id)
        if (isUncertain(intent)) uncertain.add(intent.id)
        else if (wasUncertain && !closedByPerson.has(intent.id)) {
          expect(resultOf(intent)?.kind, 'it was uncertain').toBe('sent')
        }
      }
      closedByPerson.clear()
      const pushes = Map.groupBy(model.effects, ({ intent, key }) => `${intent} ${key}`)
      for (const [push, effects] of pushes) expect(effects.length, `effects of ${push}`).toBe(1)
      const keys = Map.groupBy(model.requests, ({ intent, key }) => `${intent} ${key}`)
      for (const [key, all] of keys)
        expect(new Set(all.map(({ body }) => body)).size, `bodies of ${key}`).toBe(1)
    },

    press: (how: Behaviour[]) => play(newPress(), how),

    async pressAgain(n: number, how: Behaviour[]): Promise<void> {
      const one = made[n % made.length]
      if (one) await play(requestOf(one.press, one.shown), how)
    },

    /** A button of what was told before: as web/sync/routes.ts reads it. */
    async button(n: number, send: Send | undefined, how: Behaviour[]): Promise<void> {
      const seen = told[n % told.length]
      if (!seen) return
      const { intent: last, shown } = seen
      const resend = send && { send, key: idempotencyKeyOf(last) }
      const earlier = await ours.intents.load(OWNER, last.id)
      const named = earlier && intentToRetry(earlier.intent, { vendor, campaign, resend })
      if (send) closedByPerson.add(last.id)
      const request = named
        ? { ...requestOf('', shown), intent: { ...named, shown }, text: earlier?.text }
        : requestOf(last.id, shown)
      await play({ ...request, ...(resend && { resend }) }, how)
    },

    async pressTwo(edits: boolean, how: Behaviour[]): Promise<void> {
      model.script.splice(0, 9, ...how)
      const first = sync(ours, newPress())
      if (edits) this.edit()
      const ends = await settled(Promise.all([first, sync(deps(), newPress())]))
      for (const end of ends) tell(end)
      model.script.length = 0
    },

    edit(): void {
      version += 1
      campaign = campaignOf(version)
    },

    revoke: () => model.setToken(false),

    async approve(n: number, how: Behaviour[]): Promise<void> {
      const { intent: last } = told[n % told.length] ?? {}
      if (!last) return
      await storeToken()
      await ours.intents.change(OWNER, last.id, approve)
      const earlier = await ours.intents.load(OWNER, last.id)
      if (earlier?.intent.state !== 'approved') return
      await play({ ...requestOf('', shownNow()), ...earlier }, how)
    },

    async deny(n: number): Promise<void> {
      const { intent: last } = told[n % told.length] ?? {}
      const denied = last && (await ours.intents.change(OWNER, last.id, deny))
      if (denied && resultOf(denied)?.kind === 'denied') tell({ next: 'settled', intent: denied })
    },

    /** A process that dies in the middle of a press: nothing of it goes on. */
    async pressAndKill(when: string): Promise<void> {
      let steps = 0
      const dieAt = { 'before the step': 1, 'before the end': 2 }[when]
      const dead = deps(async () => {
        steps += 1
        if (dieAt !== undefined && steps >= dieAt) await FOR_EVER
      })
      if (when === 'before the effect') model.hooks.before = () => FOR_EVER
      if (when === 'after the effect') model.hooks.after = () => FOR_EVER
      void sync(dead, newPress()).catch(() => {})
      await vi.advanceTimersByTimeAsync(50)
      vi.clearAllTimers() // its heartbeat
      model.hooks.before = async () => {}
      model.hooks.after = async () => {}
    },

    jump(ms: number): void {
      vi.setSystemTime(Date.now() + ms)
    },
  }
}

function campaignOf(version: number): Campaign {
  return campaignSchema.parse({ id: 'C1', name: `Words ${version}` })
}

function vendorOf(kind: Kind) {
  const file = vendorSchema.parse({
    id: 'model',
    name: 'Model Ads',
    authorize: { url: 'https://model.example/authorize' },
    token: { url: 'https://model.example/token' },
    lifetime: { freshGraceSeconds: 0 },
    api: {
      baseUrl: 'https://model.example',
      push: {
        method: 'PUT',
        path: '/campaigns/${campaign.id}',
        ...(kind !== 'no keys' && { idempotencyHeader: 'Idempotency-Key' }),
      },
    },
  })
  return { ...file, client: { ...file.client, id: 'c', secret: 's' }, values: {} }
}
