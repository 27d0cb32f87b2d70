// The command `status`: how a sync, a run or a campaign stands, or all runs and access.
import { z } from 'zod'
import { type CommandInput, DONE, finishSync, PERSON_NEEDED } from './commands.ts'
import { table } from './output.ts'
import { runLine, shownRunSchema, showRun } from './runs.ts'

const campaignSchema = z.looseObject({
  campaign: z.looseObject({ name: z.string() }),
  vendors: z.array(
    z.looseObject({ name: z.string(), status: z.string().optional(), text: z.string() }),
  ),
})
const connectionsSchema = z.looseObject({
  vendors: z.array(z.looseObject({ name: z.string(), connections: z.array(z.unknown()) })),
})

/** Ids of syncs are 32 characters, of runs 22; all else is a campaign's. */
export async function statusCommand(command: CommandInput): Promise<number> {
  const { client, output, about, options } = command
  const [id] = about
  if (id === undefined) return overview(command)
  const wait = options.wait ? '?wait=30' : ''
  if (/^[\w-]{32}$/.test(id)) {
    const said = await client.get(`/intents/${id}${wait}`)
    const { state } = z.looseObject({ state: z.string() }).parse(said)
    const code = finishSync(output, { said })
    return state === 'awaitingAccess' ? PERSON_NEEDED : code
  }
  if (/^[\w-]{22}$/.test(id)) return showRun(client, output, await client.get(`/runs/${id}${wait}`))
  const said = await client.get(`/campaigns/${encodeURIComponent(id)}`)
  const { campaign, vendors } = campaignSchema.parse(said)
  const rows = vendors.map(({ name, status: state = '', text }) => [name, state, text])
  output.result(said, `${campaign.name}\n${table(rows)}`)
  return DONE
}

async function overview({ client, output }: CommandInput): Promise<number> {
  const [runs, access] = await Promise.all([client.get('/runs'), client.get('/connections')])
  const { runs: all } = z.looseObject({ runs: z.array(shownRunSchema) }).parse(runs)
  const rows = connectionsSchema
    .parse(access)
    .vendors.map(({ name, connections }) => [name, accessOf(connections.length)])
  const lines = all.length > 0 ? table(all.map(runLine)) : 'No runs.'
  output.result({ runs: all, access }, `${lines}\n\n${table(rows)}`)
  return DONE
}

function accessOf(count: number): string {
  return count === 0 ? 'no access: the first sync needs a person' : `access: ${count}`
}
