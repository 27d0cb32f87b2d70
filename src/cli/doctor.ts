// `campaign-sync doctor`: whether there is an app at the address, it takes the token, and there is access; what to do else.
import { z } from 'zod'
import { type ApiClient, NoAppError, ProblemError } from './client.ts'
import { type CommandInput, DONE, NOT_DONE } from './commands.ts'

interface Finding {
  isGood: boolean
  text: string
}

const listSchema = z.looseObject({ total: z.number() })
const connectionsSchema = z.looseObject({
  vendors: z.array(z.looseObject({ name: z.string(), connections: z.array(z.unknown()) })),
})

export async function doctorCommand({ client, output }: CommandInput): Promise<number> {
  const findings = await diagnose(client)
  const lines = findings.map(({ isGood, text }) => `${isGood ? '✓' : '✗'} ${text}`)
  output.result({ findings }, lines.join('\n'))
  return findings.every(({ isGood }) => isGood) ? DONE : NOT_DONE
}

/** The first thing that is wrong is the last line: what comes after it would only follow from it. */
async function diagnose(client: ApiClient): Promise<Finding[]> {
  const findings: Finding[] = []
  const good = (text: string) => findings.push({ isGood: true, text })
  try {
    await client.get('/openapi.json')
    good(`${client.origin} is a Campaign Sync`)
    const { total } = listSchema.parse(await client.get('/campaigns'))
    good(
      client.hasToken
        ? 'the token is taken'
        : 'no token is needed here, but without one no access lasts',
    )
    good(`${total} campaigns`)
    const { vendors } = connectionsSchema.parse(await client.get('/connections'))
    for (const { name, connections } of vendors) good(`${name}: ${accessText(connections.length)}`)
  } catch (error) {
    findings.push({ isGood: false, text: adviceOn(error, client) })
  }
  return findings
}

function accessText(count: number): string {
  return count > 0 ? 'there is access' : 'no access yet: the first sync prints a link for a person'
}

function adviceOn(error: unknown, { hasToken }: ApiClient): string {
  if (error instanceof NoAppError)
    return `${error.message} Is it running (campaign-sync start), and is CAMPAIGN_SYNC_URL its address?`
  if (!(error instanceof ProblemError)) throw error
  const { code } = error.problem
  if (code === 'E-TOKEN') return `${error.message} Then set CAMPAIGN_SYNC_TOKEN.`
  if (code === 'E-SIGN-IN' && !hasToken)
    return 'It wants to know who asks: make a token on the page /tokens, and set CAMPAIGN_SYNC_TOKEN.'
  if (code === 'E-STORE')
    return 'Its store does not answer: campaign-sync doctor --server, where it runs.'
  return error.message
}
