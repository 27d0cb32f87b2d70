// An open page of a run: server-sent events, more than one tab, across instances, ended when the process ends.
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { campaignsFile } from '../support/app/campaigns-file.ts'
import {
  approve,
  campaignFile,
  idsOf,
  look,
  notOnce,
  startRun,
  until,
} from '../support/app/runs.ts'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { scenes } from '../support/scene/scene.ts'

/** Opens the live part of a run's page as one tab; `all` is what has arrived, `ended` when the server ends it. */
async function tab(person: Visitor, origin: string, id: string) {
  const url = new URL(`/runs/${id}/events`, origin)
  const leave = new AbortController()
  const cookie = person.jar.header(new URL('http://localhost')) ?? ''
  const answer = await fetch(url, { headers: { cookie }, signal: leave.signal })
  const events: { event: string; data: string }[] = []
  const read = async () => {
    let text = ''
    for await (const part of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (text + part).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = /^event: (.*)$/m.exec(block)?.[1]
        // Only a line feed ends a line here, unlike in a regular expression.
        const lines = block.split('\n').filter((line) => line.startsWith('data: '))
        const data = lines.map((line) => line.slice('data: '.length)).join('\n')
        if (event) events.push({ event, data })
      }
    }
  }
  return {
    type: answer.headers.get('content-type'),
    all: (name: string) => events.filter(({ event }) => event === name).map(({ data }) => data),
    ended: read().catch(() => {}),
    leave: () => leave.abort(),
  }
}

const soon = (holds: () => void | Promise<void>, timeout = 4_000) =>
  vi.waitFor(holds, { timeout, interval: 20 })

describe('the live page of a run', { concurrent: true }, () => {
  const one = scenes('embedded')
  const several = scenes('redis')

  test('a name with a line separator of Unicode arrives as it is', async () => {
    const name = 'Spring\u2028launch\u2029now'
    const { person, app } = await one.begin({
      environment: { CAMPAIGNS: campaignsFile([{ id: 'r1', name }]) },
    })
    const { id } = await startRun(person)
    await until(person, id)
    const { all, leave } = await tab(person, app.url, id)
    await soon(() => expect(all('rows').at(-1)).toContain(name))
    leave()
  })

  test('tells progress, the pause, what to do and the end, in every tab', async () => {
    const { person, vendor, app } = await one.begin({
      environment: campaignFile(12),
      file: { api: { concurrency: 1 } },
    })
    vendor.always('api', { delayMs: 400 })
    vendor.script(
      'api',
      Array.from({ length: 6 }, () => ({ delayMs: 150 })),
    )
    const gate = vendor.gate('api')
    const { id } = await startRun(person)
    const tabs = [await tab(person, app.url, id), await tab(person, app.url, id)]
    await gate.arrived
    vendor.revokeAll()
    gate.release()
    for (const { type, all } of tabs) {
      expect(type).toContain('text/event-stream')
      await soon(() => expect(all('title').at(-1)).toBe('Paused 6 of 12'))
      expect(all('state').at(-1)).toContain('Renew access and continue')
      expect(all('say').at(-1)).toContain('Paused 6 of 12')
      expect(all('progress').join()).not.toContain('<button')
    }
    await approve(person, await person.post(`/runs/${id}/start`, {}))
    for (const { all } of tabs) {
      await soon(() => expect(all('title').at(-1)).toBe('12 of 12 synced'), 6_000)
      expect(all('say').some((said) => /(25|50|75) percent done/.test(said))).toBe(true)
    }
    const closing = performance.now()
    await app.close()
    await Promise.all(tabs.map(({ ended }) => ended))
    expect(performance.now() - closing).toBeLessThan(3_000)
  })

  test('shows what failed as soon as it has, before all others', async () => {
    const { person, vendor, app } = await one.begin({
      environment: campaignFile(40),
      file: { api: { concurrency: 1 } },
    })
    const gates = [vendor.gate('api'), vendor.gate('api', 'before', { status: 422 })]
    const last = vendor.gate('api')
    const { id } = await startRun(person)
    await gates[0]?.arrived
    const { all, leave } = await tab(person, app.url, id)
    await soon(() => expect(all('rows')).toHaveLength(1))
    for (const { release } of gates) release()
    await last.arrived
    await soon(() =>
      expect(all('rows').at(-1)).toMatch(/^<tr class="failed"><th[^>]*><a href="\/campaigns\/r2"/),
    )
    leave()
    last.release()
    await until(person, id)
  })

  test('ends when its person signs out, in whatever tab, and the run with it', async () => {
    const { person, vendor, app } = await one.begin({
      environment: campaignFile(40),
      file: { api: { concurrency: 1 }, revoke: undefined },
    })
    vendor.always('api', { delayMs: 100 })
    const { id } = await startRun(person)
    const { all, ended } = await tab(person, app.url, id)
    await soon(() => expect(all('title').length).toBeGreaterThan(1))
    await person.post('/session/end', {})
    await ended
    expect(all('title').at(-1)).not.toContain('40 of 40')
    await soon(async () => expect((await app.context.runs.read(id))?.state).toBe('paused'))
    expect(vendor.at('api').length).toBeLessThan(40)
  })

  test('row 36: is the same on the instance that does not carry the run', async () => {
    const { startApp, startBalancer, visitor, vendor } = await several.set({
      environment: campaignFile(10),
    })
    const balancer = await startBalancer()
    const apps = [await startApp(balancer.url), await startApp(balancer.url)]
    balancer.targets.push(...apps.map(({ origin }) => origin))
    const person = visitor(balancer.url)
    vendor.always('api', { delayMs: 200 })
    const { id } = await startRun(person)
    const tabs = await Promise.all(apps.map(({ origin }) => tab(person, origin, id)))
    for (const { all } of tabs)
      await soon(() => expect(all('title').at(-1)).toBe('10 of 10 synced'), 8_000)
    expect(tabs.every(({ all }) => all('title').length > 1)).toBe(true)
    for (const { leave } of tabs) leave()
    expect(notOnce(vendor, idsOf(10))).toEqual([])
  })
})

describe('a process that ends in the middle', { concurrent: true }, () => {
  const embedded = scenes('embedded')
  const redis = scenes('redis')

  test('row 35: goes on by itself after kill -9 and a restart on the embedded store', async () => {
    const { startProcess, visitor, vendor } = await embedded.set({ environment: campaignFile(40) })
    vendor.always('api', { delayMs: 60 })
    let app = await startProcess()
    const person = visitor(app.url)
    const { id } = await startRun(person)
    for (let kills = 0; kills < 3; kills++) {
      await wait(Math.random() * 150)
      await app.kill('SIGKILL')
      app = await startProcess({ port: app.port })
    }
    expect(await until(person, id, 'done')).toMatchObject({ sent: 40, unknown: 0, left: 0 })
    expect(notOnce(vendor, idsOf(40))).toEqual([])
  })

  /** Two instances and a run that one of them carries. */
  async function twoAtIt() {
    const { startProcess, startBalancer, visitor, vendor } = await redis.set({
      environment: campaignFile(60),
    })
    const balancer = await startBalancer()
    const publicUrl = balancer.url
    const apps = [await startProcess({ publicUrl }), await startProcess({ publicUrl })]
    balancer.targets.push(...apps.map(({ origin }) => origin))
    const person = visitor(publicUrl)
    vendor.always('api', { delayMs: 300 })
    const { id } = await startRun(person)
    await soon(async () => expect((await look(person, id)).sent).toBeGreaterThan(0))
    const runner = apps.find((app) => app.output().includes('run.taken'))
    const other = apps.find((app) => app !== runner)
    if (!runner || !other) throw new Error('nobody took the run')
    return { runner, person, vendor, id, leave: () => balancer.targets.splice(0, 2, other.origin) }
  }

  test('hands back in order on SIGTERM, and another instance goes on at once', async () => {
    const { runner, person, vendor, id, leave } = await twoAtIt()
    leave()
    expect(await runner.kill('SIGTERM')).toBe(0)
    const { left } = await look(person, id)
    expect(left).toBeGreaterThan(0)
    await soon(async () => expect((await look(person, id)).left).toBeLessThan(left), 3_000)
    expect(await until(person, id, 'done')).toMatchObject({ sent: 60 })
    expect(notOnce(vendor, idsOf(60))).toEqual([])
  })

  test('is taken over within 15 s after kill -9', { timeout: 45_000 }, async () => {
    const { runner, person, vendor, id, leave } = await twoAtIt()
    leave()
    await runner.kill('SIGKILL')
    const { left } = await look(person, id)
    const dead = performance.now()
    await soon(async () => expect((await look(person, id)).left).toBeLessThan(left), 20_000)
    console.log(`taken over after ${Math.round(performance.now() - dead)} ms`)
    expect(performance.now() - dead).toBeLessThan(15_000)
    expect(await until(person, id, 'done')).toMatchObject({ sent: 60 })
    expect(notOnce(vendor, idsOf(60))).toEqual([])
  })
})
