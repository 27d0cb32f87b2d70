// The commands `list` and `sync`, and what all commands share. Each gives its exit code.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Options } from './arguments.ts'
import type { ApiClient } from './client.ts'
import { type Output, table } from './output.ts'
import { type RequestOutcome, withPerson } from './person-needed.ts'

export const DONE = 0
export const NOT_DONE = 1
export const PERSON_NEEDED = 3

export interface CommandInput {
  client: ApiClient
  output: Output
  about: string[]
  options: Options
}

const listSchema = z.looseObject({
  campaigns: z.array(z.looseObject({ id: z.string(), name: z.string() })),
  states: z.record(z.string(), z.looseObject({ status: z.string(), at: z.string().optional() })),
  found: z.number(),
  page: z.number(),
  pages: z.number(),
})
const intentSchema = z.looseObject({ intent: z.string(), status: z.string(), text: z.string() })

export async function listCampaigns({ client, output, options }: CommandInput): Promise<number> {
  const query = new URLSearchParams(
    given({ search: options.search, status: options.status, vendor: options.vendor }),
  )
  const said = await client.get(`/campaigns?${query}`)
  const { campaigns, states, found, page, pages } = listSchema.parse(said)
  const rows = campaigns.map(({ id, name }) => {
    const { status = '', at = '' } = states[id] ?? {}
    return [id, status, at.slice(0, 16).replace('T', ' '), name]
  })
  const more =
    pages > 1 ? `\nPage ${page} of ${pages}; ${found} in all: narrow it by --search.` : ''
  output.result(said, `${table([['ID', 'STATUS', 'SYNCED', 'NAME'], ...rows])}${more}`)
  return DONE
}

export async function syncCampaign({
  client,
  output,
  about,
  options,
}: CommandInput): Promise<number> {
  const path = `/campaigns/${encodeURIComponent(about[0] ?? '')}/sync`
  const key = options.key ?? randomUUID()
  const send = () =>
    client.post(path, given({ vendor: options.vendor }), { 'idempotency-key': key })
  const outcome = await withPerson(client, output, options.wait, send)
  return finishSync(output, outcome)
}

export function finishSync(output: Output, outcome: RequestOutcome): number {
  if ('personNeeded' in outcome) return personNeeded(output, outcome.personNeeded)
  const { status, text } = intentSchema.parse(outcome.said)
  output.result(outcome.said, text)
  return status === 'Synced' ? DONE : NOT_DONE
}

export function personNeeded(
  output: Output,
  problem: { title: string; statusUrl?: string | undefined },
) {
  const id = problem.statusUrl?.split('/').at(-1)
  const then =
    id === undefined ? 'the same command, with the same --key' : `campaign-sync status ${id}`
  output.result(problem, `${problem.title}. Then: ${then}`)
  return PERSON_NEEDED
}

/** Without what is undefined. */
export function given(fields: Record<string, string | undefined>): Record<string, string> {
  const known = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return Object.fromEntries(known)
}
