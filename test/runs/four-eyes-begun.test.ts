// Four eyes over a run that has begun: what became more, or other than what was approved, is not sent without a yes to that.
import { expect, test } from 'vitest'
import { approve, look, startRun, until } from '../support/app/runs.ts'
import { readPage } from '../support/browser/page.ts'
import { startAtCompany } from '../support/identity/at-company.ts'
import { ADA, SAM } from '../support/identity/company.ts'
import { edit, remove } from '../support/scene/edit.ts'
import { ENGINES } from '../support/scene/scene.ts'

const NO = { status: 422, body: { error: { message: 'no' } } }
const AWAITS = [409, 'An approver has to say yes first']

type Close = (close: () => Promise<void>) => void

async function begin(engine: (typeof ENGINES)[number], onTestFinished: Close) {
  const at = await startAtCompany({ APPROVE_ABOVE: 'campaigns=3,budget=16000' }, engine)
  onTestFinished(() => at.close())
  const { scene, app } = at
  const sam = await at.signedIn(SAM)
  return {
    ...at,
    sam,
    change: (id: string, change: object) => edit(scene.setup, id, { ...change }, [app]),
    budgets: (id: string) => scene.vendor.at('api', id).map(({ body }) => JSON.parse(body).budget),
    /** The run waits with an approver, who finds it there and says yes. */
    async approveAsAda(run: string) {
      const ada = await at.signedIn(ADA)
      const done = await ada.click(
        await ada.open('/approvals'),
        ({ name, post }) => name.startsWith('Approve ') && post === `/approvals/${run}`,
      )
      expect(done.status).toBe(200)
    },
  }
}

test.for(ENGINES)(
  'a retry of what is now above the limit asks an approver, on %s',
  async (engine, { onTestFinished }) => {
    const { sam, scene, change, budgets, approveAsAda } = await begin(engine, onTestFinished)
    scene.vendor.script('api', [NO])
    const { id } = await startRun(sam, { id: 'C3' })
    expect(await until(sam, id)).toMatchObject({ state: 'done', failed: 1 })
    const before = budgets('C3')
    await change('C3', { budget: 5_000_000 })
    const retried = await sam.press(await sam.open(`/runs/${id}`), 'Retry 1')
    expect([retried.status, readPage(retried.body).heading]).toEqual(AWAITS)
    const renewed = await sam.post(`/runs/${id}/start`, { access: 'renew' })
    expect(renewed.status).toBe(409)
    expect(budgets('C3')).toEqual(before)

    await approveAsAda(id)
    await approve(sam, await sam.press(await sam.open(`/runs/${id}`), 'Sync the remaining 1'))
    expect(await until(sam, id)).toMatchObject({ state: 'done', sent: 1 })
    expect(budgets('C3')).toEqual([...before, 5_000_000])
  },
)

test.for(ENGINES)(
  'what was approved is retried without another yes, and what became of it since is not, on %s',
  async (engine, { onTestFinished }) => {
    const { sam, scene, change, budgets, approveAsAda } = await begin(engine, onTestFinished)
    await change('C1', { budget: 20_000 })
    const { id, page } = await startRun(sam, { id: 'C1' })
    expect(page.status).toBe(409)
    await approveAsAda(id)
    scene.vendor.script('api', [NO, NO])
    await approve(sam, await sam.post(`/runs/${id}/start`, {}))
    expect(await until(sam, id)).toMatchObject({ state: 'done', failed: 1 })
    await approve(sam, await sam.press(await sam.open(`/runs/${id}`), 'Retry 1'))
    expect(await until(sam, id)).toMatchObject({ state: 'done', failed: 1 })
    expect(budgets('C1')).toEqual([20_000, 20_000])

    await change('C1', { budget: 20_000_000 })
    const retried = await sam.press(await sam.open(`/runs/${id}`), 'Retry 1')
    expect([retried.status, readPage(retried.body).heading]).toEqual(AWAITS)
    expect(budgets('C1')).toEqual([20_000, 20_000])
  },
)

test.for(ENGINES)(
  'a run under way stops before what has become more than one person may send, on %s',
  async (engine, { onTestFinished }) => {
    const { app, sam, scene, change, budgets, approveAsAda } = await begin(engine, onTestFinished)
    const gate = scene.vendor.gate('api', 'after')
    const { id } = await startRun(sam, { id: 'C1' })
    await gate.arrived
    await change('C1', { budget: 7_000_000 })
    gate.release()
    expect(await until(sam, id)).toMatchObject({ state: 'stopped', reason: 'approval', left: 1 })
    expect(budgets('C1')).toEqual([12_000])
    expect(readPage((await sam.open(`/runs/${id}`)).body).text).toContain(
      'What is left is above the limit for one person, as it is now, and an approver has to say yes first',
    )

    // As a process would that finds it interrupted.
    const { runs } = app.context
    const stopped = await runs.read(id)
    if (stopped) await runs.start(stopped)
    expect(await until(sam, id)).toMatchObject({ state: 'stopped', reason: 'approval', left: 1 })
    expect(budgets('C1')).toEqual([12_000])

    const again = await sam.press(await sam.open(`/runs/${id}`), 'Sync the remaining 1')
    expect([again.status, readPage(again.body).heading]).toEqual(AWAITS)
    await approveAsAda(id)
    await approve(sam, await sam.press(await sam.open(`/runs/${id}`), 'Sync the remaining 1'))
    expect(await until(sam, id)).toMatchObject({ state: 'done', sent: 1 })
    expect(budgets('C1')).toEqual([12_000, 7_000_000])
  },
)

test('a change below the limit goes on by itself, as in every run', async ({ onTestFinished }) => {
  const { sam, scene, change, budgets } = await begin('embedded', onTestFinished)
  const gate = scene.vendor.gate('api', 'after')
  const { id } = await startRun(sam, { id: 'C1' })
  await gate.arrived
  await change('C1', { budget: 13_000 })
  gate.release()
  expect(await until(sam, id)).toMatchObject({ state: 'done', sent: 1 })
  expect(budgets('C1')).toEqual([12_000, 13_000])
})

test('a run that was stopped before an approver saw it waits for nobody', async ({
  onTestFinished,
}) => {
  const { sam, signedIn } = await begin('embedded', onTestFinished)
  const { id } = await startRun(sam, { all: '1' })
  const ada = await signedIn(ADA)
  expect(readPage((await ada.open('/approvals')).body).text).toContain('sam@company.example wants')
  await sam.post(`/runs/${id}/stop`, {})
  expect(await look(sam, id)).toMatchObject({ state: 'stopped' })
  expect(readPage((await ada.open('/approvals')).body).text).toContain('Nothing waits for you')
})

test.for([
  ['as it was', false],
  ['though a campaign was gone when it was given', true],
] as const)(
  'a yes holds for when the run goes on after a failure, %s',
  async ([, isGone], { onTestFinished }) => {
    const at = await startAtCompany({ APPROVE_ABOVE: 'campaigns=1' })
    onTestFinished(() => at.close())
    const sam = await at.signedIn(SAM)
    const confirm = await sam.follow(await sam.post('/runs', { all: '1' }))
    const id = confirm.url.pathname.slice('/runs/'.length)
    if (isGone) await remove(at.scene.setup, 'C1', [at.app])
    expect((await sam.post(`/runs/${id}/start`, {})).status).toBe(409)
    const ada = await at.signedIn(ADA)
    const { approvals } = at.app.context
    const waiting = await approvals.waiting()
    await ada.click(await ada.open('/approvals'), ({ name }) => name.startsWith('Approve '))
    at.scene.vendor.script('api', [NO, NO, NO, NO])
    await approve(sam, await sam.post(`/runs/${id}/start`, {}))
    await until(sam, id)
    approvals.waiting = async () => waiting // as a list that was read a moment before
    await ada.open('/approvals')
    expect((await sam.post(`/runs/${id}/retry`, {})).status).not.toBe(409)
  },
)
