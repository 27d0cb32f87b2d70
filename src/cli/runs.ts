// The command `run`: makes a run of many campaigns, and starts it.
import { z } from 'zod'
import { type ApiClient, ProblemError } from './client.ts'
import {
  type CommandInput,
  DONE,
  given,
  NOT_DONE,
  PERSON_NEEDED,
  personNeeded,
} from './commands.ts'
import type { Output } from './output.ts'
import { waitFor, withPerson } from './person-needed.ts'

export const shownRunSchema = z.looseObject({
  id: z.string(),
  title: z.string(),
  url: z.string(),
  state: z.string(),
  reason: z.string().optional(),
  total: z.number(),
  sent: z.number(),
  failed: z.number(),
  unknown: z.number(),
  left: z.number(),
})

export async function runCommand({
  client,
  output,
  about,
  options,
}: CommandInput): Promise<number> {
  const { search, status, vendor, key } = options
  const chosen = about.length > 0 ? { ids: about } : { all: true, ...given({ search, status }) }
  const body = { ...chosen, ...given({ vendor }) }
  const said = await client.post('/runs', body, given({ 'idempotency-key': key })).catch(unchanged)
  if (said instanceof ProblemError) {
    output.result(said.problem, said.message)
    return DONE
  }
  const made = shownRunSchema.parse(said)
  const start = () => client.post(`/runs/${made.id}/start`)
  const outcome = await withPerson(client, output, options.wait, start)
  if ('personNeeded' in outcome) return personNeeded(output, outcome.personNeeded)
  const isOver = ({ state }: { state: string }) => ['done', 'stopped', 'paused'].includes(state)
  const end = options.wait ? await waitFor(client, `/runs/${made.id}`, isOver) : outcome.said
  return showRun(client, output, end ?? outcome.said)
}

/** That nothing matches, or that the vendor has everything as it is now, is what was wanted. @throws all else */
function unchanged(error: unknown): ProblemError {
  const { code, because } = error instanceof ProblemError ? error.problem : {}
  const isWanted = code === 'E-UNCHANGED' && (because === 'none' || because === 'unchanged')
  if (error instanceof ProblemError && isWanted) return error
  throw error
}

const resultsSchema = z.looseObject({
  results: z.array(z.looseObject({ campaign: z.string(), text: z.string() })),
})

/** The first of those that failed or are unknown. */
async function readWrong(client: ApiClient, id: string) {
  const said = await client.get(`/runs/${id}/results?show=attention`)
  return resultsSchema.parse(said).results
}

/** A run that goes on by itself is done as far as the command goes. */
export async function showRun(client: ApiClient, output: Output, said: unknown): Promise<number> {
  const known = shownRunSchema.parse(said)
  const { id, url, state, reason, failed, unknown } = known
  const wrong = failed + unknown > 0 ? await readWrong(client, id) : []
  const lines = wrong.map(({ campaign, text }) => `${campaign}: ${text}`)
  output.result(said, [runLine(known).join('  '), ...lines, url].join('\n'))
  if (state === 'paused' && reason === 'access') return PERSON_NEEDED
  return state === 'running' || (state === 'done' && failed + unknown === 0) ? DONE : NOT_DONE
}

export function runLine(run: z.infer<typeof shownRunSchema>): string[] {
  const { id, title, state, reason, total, sent, failed, unknown, left } = run
  const counts = [`${sent} of ${total} sent`, ...counted({ failed, unknown, left })].join(', ')
  return [id, reason === undefined ? state : `${state} (${reason})`, counts, title]
}

function counted(counts: Record<string, number>): string[] {
  return Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []))
}
