// Runs as a person makes and follows them, for tests.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { z } from 'zod'
import type { Visit, Visitor } from '../browser/http-visitor.ts'
import { onward } from '../scene/authorization.ts'
import type { FakeVendor } from '../vendor/fake-vendor.ts'

const shape = z.object({
  id: z.string(),
  state: z.string(),
  reason: z.string().optional(),
  interrupted: z.boolean(),
  total: z.number(),
  sent: z.number(),
  failed: z.number(),
  skipped: z.number(),
  unknown: z.number(),
  left: z.number(),
})
export type Seen = z.infer<typeof shape>

/** A campaign file of `count` campaigns, r1 to r<count>, as the CAMPAIGNS setting. */
export function campaignFile(count: number): { CAMPAIGNS: string } {
  const file = join(mkdtempSync(join(tmpdir(), 'runs-')), 'campaigns.json')
  writeFileSync(file, JSON.stringify(idsOf(count).map((id) => ({ id, name: `Campaign ${id}` }))))
  return { CAMPAIGNS: file }
}

export const idsOf = (count: number) => Array.from({ length: count }, (_, index) => `r${index + 1}`)

/** Chooses all, confirms and approves; gives the run's id and the page it ends on. */
export async function startRun(person: Visitor, form: Record<string, string> = { all: '1' }) {
  const confirm = await person.follow(await person.post('/runs', form))
  const id = confirm.url.pathname.slice('/runs/'.length)
  const page = await approve(person, await person.post(`/runs/${id}/start`, {}))
  return { id, confirm, page }
}

/** From a press that leads to the vendor, through it and back. */
export async function approve(person: Visitor, pressed: Visit): Promise<Visit> {
  return onward(person, await person.follow(pressed))
}

/** The run as JSON; its sum always holds. */
export async function look(person: Visitor, id: string): Promise<Seen> {
  const { body } = await person.get(`/runs/${id}`, { accept: 'application/json' })
  const run = shape.parse(JSON.parse(body))
  expect(run.sent + run.failed + run.skipped + run.unknown + run.left).toBe(run.total)
  return run
}

/** Waits until the run is no longer under way, or has reached `state`. */
export async function until(
  person: Visitor,
  id: string,
  state?: string,
  timeout = 15_000,
): Promise<Seen> {
  const over = (run: Seen) =>
    state ? run.state === state : !['running', 'stopping', 'draft'].includes(run.state)
  for (const end = Date.now() + timeout; ; ) {
    const run = await look(person, id)
    if (over(run)) return run
    if (Date.now() > end) throw new Error(`the run is still ${JSON.stringify(run)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** How often each was applied, as `r3: 2` for those that were not applied exactly once. */
export function notOnce(vendor: FakeVendor, ids: string[]): string[] {
  return ids.flatMap((id) => (vendor.effects(id) === 1 ? [] : [`${id}: ${vendor.effects(id)}`]))
}

/** The access tokens pushes were sent with. */
export function tokensUsed(vendor: FakeVendor): string[] {
  return [...new Set(vendor.at('api').map(({ headers }) => String(headers.authorization)))]
}
