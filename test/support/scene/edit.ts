// Changes to the campaign file while the app runs.
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { TestApp } from '../app/app.ts'
import type { Setup } from '../app/setup.ts'

const fileSchema = z.array(z.looseObject({ id: z.string() }))

/** Changes fields of one campaign in the file; these apps have read it when this ends, others in their own time. */
export async function edit(
  { environment: { CAMPAIGNS: file = '' } }: Pick<Setup, 'environment'>,
  id: string,
  change: Record<string, unknown>,
  apps: TestApp[] = [],
): Promise<void> {
  const campaigns = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const changed = campaigns.map((one) => (one.id === id ? { ...one, ...change } : one))
  writeFileSync(file, JSON.stringify(changed))
  await Promise.all(apps.map(({ context }) => context.campaigns.refresh()))
}

/** Takes one campaign out of the file; these apps have read it when this ends. */
export async function remove(
  { environment: { CAMPAIGNS: file = '' } }: Pick<Setup, 'environment'>,
  id: string,
  apps: TestApp[],
): Promise<void> {
  const campaigns = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  writeFileSync(file, JSON.stringify(campaigns.filter((one) => one.id !== id)))
  await Promise.all(apps.map(({ context }) => context.campaigns.refresh()))
}
