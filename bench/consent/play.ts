// One case at play: a person, the vendor with its ledger, the app, and the steps between a press and its end.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../../test/support/app/free-port.ts'
import { createVisitor, type Visit, type Visitor } from '../../test/support/browser/http-visitor.ts'
import { startFakeVendor } from '../../test/support/vendor/fake-vendor.ts'
import type { Adapter, Surroundings } from './adapter.ts'

const READY_WITHIN_MS = 30_000
const MOST_PAGES = 6

export type Stage = Awaited<ReturnType<typeof openStage>>
export type Play = ReturnType<typeof createPlay>

/** Starts the vendor and the app; the app can be killed and started again at the same address. */
export async function openStage(
  adapter: Adapter,
  folder: string,
  takesKeys: boolean,
  campaigns: Surroundings['campaigns'],
) {
  const vendor = await startFakeVendor({ expiresIn: 3600 })
  const port = await freePort()
  const url = `http://localhost:${port}`
  const { settings } = vendor
  settings.redirectUris.add(url + adapter.callbackPath)
  const { command, environment } = adapter.command({
    port,
    url,
    folder,
    campaigns,
    vendor: {
      authorizeUrl: `${vendor.url}/authorize`,
      tokenUrl: `${vendor.url}/token`,
      apiUrl: `${vendor.url}/api/campaigns`,
      issuer: settings.issuer,
      clientId: settings.clientId,
      clientSecret: settings.clientSecret,
      takesKeys,
    },
  })
  let app = await start()

  async function start() {
    const output = openSync(join(folder, 'output.log'), 'a')
    const child = spawn(process.execPath, command, {
      cwd: folder,
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', output, output],
    })
    const ended = once(child, 'exit')
    for (const end = Date.now() + READY_WITHIN_MS; ; await wait(50)) {
      const response = await fetch(url + adapter.readyPath).catch(() => undefined)
      if (response?.ok) return { child, ended }
      if (child.exitCode !== null || Date.now() > end)
        throw new Error(`the app did not start: ${folder}/output.log`)
    }
  }

  async function kill(): Promise<void> {
    app.child.kill('SIGKILL')
    await app.ended
  }

  return {
    adapter,
    vendor,
    url,
    async killAndStart() {
      await kill()
      app = await start()
    },
    async close() {
      await kill()
      await vendor.close()
    },
  }
}

/** A case has a campaign of its own, and its counts begin at nought. */
export function createPlay(stage: Stage, campaign: string) {
  const { adapter, vendor, url } = stage
  const visitors: Visitor[] = []
  const before = { authorize: vendor.at('authorize').length, token: vendor.at('token').length }
  const newPerson = () => {
    const visitor = createVisitor(url)
    visitors.push(visitor)
    return visitor
  }
  const person = newPerson()

  /** Goes on until the end, or until the next address is one to stop at. */
  async function goOn(visit: Visit, stop: (next: URL) => boolean = () => false, by = person) {
    let at = await by.follow(visit, stop)
    for (let pages = 0; at.next === undefined && pages < MOST_PAGES; pages++) {
      const button = adapter.wayOn(at)
      if (button === undefined) return at
      at = await by.follow(await by.press(at, button), stop)
    }
    return at
  }

  const prepare = (by = person, id = campaign) => adapter.preparePress(by, id)
  const press = async (by = person, id = campaign) => (await prepare(by, id))()
  const isAtVendor = (next: URL) => next.origin === new URL(vendor.url).origin
  const isBack = (next: URL) => next.pathname === adapter.callbackPath

  return {
    stage,
    vendor,
    campaign,
    person,
    newPerson,
    prepare,
    press,
    goOn,
    /** Presses and walks to the end: the last page. */
    sync: async (by = person, id = campaign) => goOn(await press(by, id), undefined, by),
    /** Presses and stops where the vendor's address would be opened. */
    toVendor: async (by = person, id = campaign) => goOn(await press(by, id), isAtVendor, by),
    /** Presses, approves, and stops where the callback would be opened. */
    toCallback: async (by = person, id = campaign) => goOn(await press(by, id), isBack, by),
    /** Times that the vendor really applied it. */
    applied: (id = campaign) => vendor.effects(id),
    authorizations: () => vendor.at('authorize').length - before.authorize,
    tokenRequests: () => vendor.at('token').length - before.token,
    pushes: (id = campaign) => vendor.at('api', id).length,
    saysDone: adapter.saysDone,
    /** The page says that it arrived, and it did, so often. */
    isDone(visit: Visit, times: number) {
      assert.equal(vendor.effects(campaign), times, 'times applied')
      assert.ok(adapter.saysDone(visit), `the page does not say that it is done: ${visit.status}`)
    },
    /** The page does not say that it arrived; the app still answers. */
    isNotDone(visit: Visit, times = 0) {
      assert.equal(vendor.effects(campaign), times, 'times applied')
      assert.ok(!adapter.saysDone(visit), 'the page says that it is done')
    },
    async close() {
      vendor.releaseAll()
      for (const endpoint of ['authorize', 'token', 'api'] as const) vendor.always(endpoint, {})
      // An app may never answer: nobody waits for that.
      await Promise.race([Promise.all(visitors.map((one) => one.close())), wait(1_000)])
    },
  }
}

/** The callback's address with other parameters; null removes one. */
export function changed(visit: Visit, change: Record<string, string | null>): Visit {
  const next = new URL(visit.next ?? 'http://nowhere.invalid')
  for (const [name, value] of Object.entries(change)) {
    if (value === null) next.searchParams.delete(name)
    else next.searchParams.set(name, value)
  }
  return { ...visit, next }
}
