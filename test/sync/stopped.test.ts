// A store or a process that stands still in the middle of a push, and goes on late: nothing is doubled, and what is said is true.
import { describe, expect, test, vi } from 'vitest'
import { SessionReplaced } from '../../src/session/session.ts'
import { StoreError } from '../../src/store/open.ts'
import { resultOf } from '../../src/sync/intent.ts'
import { readIntent } from '../../src/sync/intents.ts'
import { sync as syncWithoutPage } from '../../src/sync/sync.ts'
import type { TestApp } from '../support/app/app.ts'
import type { Visit } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import { failWrites } from '../support/redis/store-faults.ts'
import { sync, syncButton, told } from '../support/scene/authorization.ts'
import { ENGINES, type Scene, scenes } from '../support/scene/scene.ts'
import type { FileChange } from '../support/vendor/fake-vendor-file.ts'
import { KINDS, LOST_FOR_GOOD, laterKeys, WITHOUT_KEY } from '../support/vendor/lost.ts'

const SEE = 'See how it ended'

const isKeyed = (file: FileChange) => file !== WITHOUT_KEY

/** True, and no more than is known: without keys nobody can find out. */
function expectTruth(page: Visit, file: FileChange): void {
  expect(page.status).toBe(200)
  expect(told(page)).toMatch(isKeyed(file) ? /^Spring launch synced\./ : /We don’t know whether/)
}

function expectUnrecorded(page: Visit): void {
  const { actions, heading } = readPage(page.body)
  expect([page.status, heading]).toEqual([503, 'Sent, but not written down'])
  expect(actions.map(({ name }) => name)).toContain(SEE)
}

/** As a session that is read beside the push: whoever awaits it is told. */
function readingFails(): Promise<boolean> {
  const proof = Promise.reject(new Error('away'))
  proof.catch(() => {})
  return proof
}

describe.each(ENGINES)('on the %s store', { concurrent: true }, (engine) => {
  const { begin, set } = scenes(engine)

  /** A push of C1 that the vendor has applied, and whose answer it holds. */
  async function applied(file: FileChange) {
    const scene = await begin({ file })
    const { person, vendor } = scene
    await sync(person, 'C1')
    const page = await person.open('/campaigns/C1')
    const answer = vendor.gate('api', 'after')
    const pressed = person.press(page, syncButton('C1'))
    await answer.arrived
    await vi.waitFor(() => expect(vendor.effects('C1')).toBe(2), { timeout: 5_000, interval: 10 })
    return { ...scene, page, answer, pressed }
  }

  test.each(KINDS)('an end that was never stored is seen later, %s', async (_, file) => {
    const { app, person, vendor, page, answer, pressed } = await applied(file)
    const heal = failWrites(app, 'intent:')
    answer.release()
    const unrecorded = await pressed
    expectUnrecorded(unrecorded)
    heal()
    expectTruth(await person.click(unrecorded, SEE), file)
    expectTruth(await person.click(unrecorded, SEE), file)
    expectTruth(await person.click(page, syncButton('C1')), file)
    expect([vendor.effects('C1'), new Set(laterKeys(vendor)).size]).toEqual([2, 1])
  })

  test.each(KINDS)(
    'an end that was stored, and the store did not say so, is told, %s',
    async (_, file) => {
      const { app, person, vendor, answer, pressed } = await applied(file)
      const heal = answerNoWrite(app)
      answer.release()
      const unrecorded = await pressed
      expectUnrecorded(unrecorded)
      heal()
      expect(told(await person.click(unrecorded, SEE))).toBe('Spring launch synced.')
      expect([vendor.effects('C1'), vendor.at('api', 'C1').length]).toEqual([2, 2])
    },
  )

  test.each([
    ['has ended', () => Promise.resolve(false), SessionReplaced],
    ['could not be read', readingFails, Error],
  ])('a press whose session %s leaves an uncertain push as it found it', async (...at) => {
    const [, proof, error] = at
    const { app, person, vendor, dump } = await begin()
    await sync(person, 'C1')
    vendor.script('api', LOST_FOR_GOOD)
    const unknown = await sync(person, 'C1')
    const before = await pushKeys(dump)
    const sent = vendor.requests.length
    const { owner, intent, text } = openIntent(before)
    const about = {
      owner,
      vendor: app.context.vendor('fake'),
      campaign: app.context.campaign('C1'),
    }
    const resend = { send: 'new', key: intent.key ?? intent.id } as const
    const press = { ...about, intent, text, resend, sessionCheck: proof() }
    await expect(syncWithoutPage(app.context, press)).rejects.toThrow(error)
    expect(await pushKeys(dump)).toEqual(before)
    expect(vendor.requests.length).toBe(sent)
    expect(told(await person.click(unknown, 'Check and sync again'))).toBe('Spring launch synced.')
    expect([vendor.effects('C1'), new Set(laterKeys(vendor)).size]).toEqual([2, 1])
  })

  test.each([-3_600_000, 3_600_000])(
    'a clock that is set %i ms off after kill -9 in a push blocks nothing',
    async (ms) => {
      const preloaded = new URL('../support/app/preload/surprise.ts', import.meta.url).pathname
      const environment = { NODE_OPTIONS: `--import ${preloaded}`, SURPRISE: `clock:${ms}` }
      const scene = await set({ environment })
      const { vendor } = scene
      const app = await scene.startProcess()
      const person = scene.visitor(app.url)
      await sync(person, 'C1')
      const page = await person.open('/campaigns/C1')
      const answer = vendor.gate('api', 'after')
      const lost = person.press(page, syncButton('C1')).catch(() => 'no answer')
      await answer.arrived
      await vi.waitFor(() => expect(vendor.effects('C1')).toBe(2), { timeout: 5_000, interval: 10 })
      await app.kill('SIGKILL')
      answer.release()
      expect(await lost).toBe('no answer')
      const again = await scene.startProcess({ port: app.port })
      again.child.kill('SIGUSR2')
      await fetch(`${again.origin}/healthz`)
      const started = performance.now()
      expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
      expect(performance.now() - started).toBeLessThan(7_000)
      expect(vendor.effects('C1')).toBe(2)
      expect(new Set(laterKeys(vendor)).size).toBe(1)
    },
  )
})

/** Writes of an intent are done, and their answers are lost. Gives what undoes that. */
function answerNoWrite({ context: { store } }: TestApp): () => void {
  const { stepIf } = store
  store.stepIf = async (guards, commands) => {
    const step = await stepIf(guards, commands)
    if (commands.some((one) => 'set' in one && one.set.startsWith('intent:')))
      throw new StoreError('The client is offline')
    return step
  }
  return () => void Object.assign(store, { stepIf })
}

/** Push locks and intents as they lie in the store. */
async function pushKeys(dump: Scene['dump']) {
  const entries = (await dump()).filter(({ key }) => /^(push|intent):/.test(key))
  return entries.map(({ key, value }) => ({ key, value })).sort((a, b) => (a.key < b.key ? -1 : 1))
}

function openIntent(entries: { key: string; value: string }[]) {
  for (const { key, value } of entries) {
    const [, owner = '', id = ''] = /^intent:\{(.+)\}:(.+)$/.exec(key) ?? []
    const intent = readIntent(id, value)?.intent
    if (intent && resultOf(intent)?.kind === 'unknown') return { owner, intent, text: value }
  }
  throw new Error('no push is uncertain')
}
