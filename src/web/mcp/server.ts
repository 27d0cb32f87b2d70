// The tools an agent has: each reads its arguments, does what a page or a script would do, and says it in a sentence.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { STATUSES } from '../../sync/campaign-list.ts'
import { callTool, type ToolCall } from './results.ts'
import {
  listCampaignsTool,
  previewSyncTool,
  startRunTool,
  statusTool,
  syncCampaignTool,
} from './tools.ts'

const vendor = z.string().optional().describe('The vendor’s id; the first one by default')
const campaign = z.string().describe('The campaign’s id, as list_campaigns has it')
const key = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/)
  .optional()
  .describe('Only to do again what was done already: any new word')

const READS = { readOnlyHint: true, openWorldHint: false }
const PUSHES = { readOnlyHint: false, destructiveHint: false, idempotentHint: true }

const INSTRUCTIONS = `Campaign Sync pushes marketing campaigns to vendors whose access a person gives in a browser.
A tool that needs a person gives a URL for them; when they have approved, call the same tool again with the same
arguments, or status. The same call is the same sync: it is never pushed twice.`

type Tool<T> = (context: Context, call: ToolCall, input: T) => ReturnType<typeof statusTool>
type Runner = <T>(tool: Tool<T>) => (input: T) => ReturnType<typeof callTool>

/** Made for one message; what it says follows from the store alone. */
export function createMcpServer(context: Context, call: ToolCall): McpServer {
  const about = { name: 'campaign-sync', version: '1.0.0' }
  const server = new McpServer(about, { instructions: INSTRUCTIONS })
  const run: Runner = (tool) => (input) => callTool(call, () => tool(context, call, input))
  registerLooking(server, run)
  registerPushing(server, run)
  registerStatus(server, run)
  return server
}

function registerLooking(server: McpServer, run: Runner): void {
  server.registerTool(
    'list_campaigns',
    {
      description: 'Campaigns, and how each stands at a vendor. At most 50; narrow it by search.',
      inputSchema: {
        search: z.string().max(80).optional(),
        status: z.enum(STATUSES).optional(),
        vendor,
      },
      annotations: READS,
    },
    run(listCampaignsTool),
  )
  server.registerTool(
    'preview_sync',
    {
      description: 'What a sync of a campaign would send; nothing is sent. Secrets are masked.',
      inputSchema: { campaign, vendor },
      annotations: READS,
    },
    run(previewSyncTool),
  )
}

function registerPushing(server: McpServer, run: Runner): void {
  server.registerTool(
    'sync_campaign',
    {
      description:
        'Pushes a campaign to a vendor as it is now. The same call again gives the same result and pushes nothing, until the campaign has changed or another key is given.',
      inputSchema: { campaign, vendor, key },
      annotations: PUSHES,
    },
    run(syncCampaignTool),
  )
  server.registerTool(
    'start_run',
    {
      description:
        'Pushes many campaigns: those named, or all that are new or changed. It goes on by itself; status says how it stands. The same call within a day is the same run.',
      inputSchema: {
        campaigns: z.array(z.string()).max(1_000).optional().describe('Ids; without them all'),
        vendor,
        key,
      },
      annotations: PUSHES,
    },
    run(startRunTool),
  )
}

function registerStatus(server: McpServer, run: Runner): void {
  server.registerTool(
    'status',
    {
      description: 'How a sync or a run stands, at once or when it has ended.',
      inputSchema: {
        id: z
          .string()
          .regex(/^[\w-]{1,64}$/)
          .describe('The intent or the run of an earlier result'),
        wait: z.number().int().min(0).max(30).optional().describe('Seconds to wait for its end'),
      },
      annotations: READS,
    },
    run(statusTool),
  )
}
