// What each tool does, with the owner of the API token.
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { Context } from '../../context.ts'
import { notFound } from '../../errors.ts'
import type { Run } from '../../runs/run.ts'
import { fingerprint } from '../../store/stored-text.ts'
import { type STATUSES, selectCampaigns } from '../../sync/campaign-list.ts'
import { planText, readPreview } from '../campaigns/preview.ts'
import { campaignStatus } from '../page/sync-messages.ts'
import { startForScript } from '../runs/actions.ts'
import { resultsJson, runJson } from '../runs/run-of-request.ts'
import { makeRun } from '../runs/run-once.ts'
import { viewOf } from '../runs/run-page.ts'
import { intentJson, isOver } from '../sync/intent-status.ts'
import { pressByKey, resumeApproved } from '../sync/perform-sync.ts'
import { result, type ToolCall } from './results.ts'
import { versionKey } from './version-key.ts'

const LISTED_MOST = 50

interface AtVendor {
  vendor?: string | undefined
}

function vendorOf(context: Context, { req }: ToolCall, { vendor }: AtVendor) {
  return context.vendorOrFirst(vendor, req)
}

export async function listCampaignsTool(
  context: Context,
  call: ToolCall,
  input: AtVendor & { search?: string | undefined; status?: (typeof STATUSES)[number] | undefined },
): Promise<CallToolResult> {
  const vendor = vendorOf(context, call, input)
  const { search = '', status: wanted } = input
  const { campaigns: all } = await selectCampaigns(context, [vendor], { search, status: wanted })
  const shown = all.slice(0, LISTED_MOST)
  const standings = await context.syncLog.standings(
    vendor.id,
    shown.map(({ id }) => id),
  )
  const campaigns = shown.map((campaign, at) => ({
    id: campaign.id,
    name: campaign.name,
    status: campaignStatus(vendor, campaign, standings[at]),
    syncedAt: standings[at] && new Date(standings[at].at).toISOString(),
  }))
  const lines = campaigns.map(({ id, name, status: state }) => `${id}: ${name} (${state})`)
  const text = [`${all.length} campaigns at ${vendor.name}.`, ...lines].join('\n')
  return result(text, { vendor: vendor.id, found: all.length, campaigns })
}

export async function previewSyncTool(
  context: Context,
  call: ToolCall,
  input: AtVendor & { campaign: string },
): Promise<CallToolResult> {
  const vendor = vendorOf(context, call, input)
  const campaign = context.campaign(input.campaign)
  const { preview, changed } = await readPreview(context, call.req, vendor, campaign)
  const about = { campaign: campaign.id, vendor: vendor.id, ...preview, changed }
  return result(planText(vendor, preview), about)
}

/** Without a key the same version of a campaign is pushed once, until the vendor has another. */
export async function syncCampaignTool(
  context: Context,
  call: ToolCall,
  input: AtVendor & { campaign: string; key?: string | undefined },
): Promise<CallToolResult> {
  const vendor = vendorOf(context, call, input)
  const campaign = context.campaign(input.campaign)
  const { owner } = call
  const key = input.key ? `mcp:${input.key}` : await versionKey(context, owner, vendor, campaign)
  const press = { owner, vendor, campaign, key }
  const json = intentJson(context, await pressByKey(context, call.req, press))
  return result(json.text, json)
}

export async function startRunTool(
  context: Context,
  call: ToolCall,
  input: AtVendor & { campaigns?: string[] | undefined; key?: string | undefined },
): Promise<CallToolResult> {
  const { req, owner } = call
  const vendor = vendorOf(context, call, input)
  const { campaigns: ids, key } = input
  const chosen = { ...(ids ? { ids } : { all: true }), vendor: vendor.id }
  const name = `mcp:${key ?? fingerprint(JSON.stringify(chosen))}`
  const run = await makeRun(context, req, owner, chosen, name)
  await startForScript(context, req, run)
  return runResult(context, (await context.runs.get(owner, run.id)) ?? run)
}

/** With what went wrong, as far as one page of it. */
async function runResult(context: Context, run: Run): Promise<CallToolResult> {
  const { headline, text } = viewOf(run, context.vendor(run.vendor))
  const isWrong = run.failed + run.unknown > 0
  const wrong = isWrong ? await resultsJson(context, run, { show: 'attention' }) : undefined
  const lines = (wrong?.results ?? []).map((row) => `${row.campaign}: ${row.text}`)
  const data = { ...runJson(run, context.config), attention: wrong?.results }
  return result([`${headline}. ${text}`, ...lines].join('\n'), data)
}

/** Ids of runs are 22 characters long, of intents 32. */
export async function statusTool(
  context: Context,
  call: ToolCall,
  { id, wait = 0 }: { id: string; wait?: number | undefined },
): Promise<CallToolResult> {
  const { req, res, poll, owner } = call
  const waiting = { seconds: wait, res }
  if (id.length === 22) {
    const read = () => context.runs.get(owner, id)
    const run = await poll(waiting, owner, read, (now) => !now || isEnded(now))
    if (!run) throw notFound('This run')
    return runResult(context, run)
  }
  const read = () => resumeApproved(context, req, owner, id)
  const intent = await poll(waiting, owner, read, (now) => !now || isOver(now))
  if (!intent) throw notFound('This sync')
  const json = intentJson(context, intent)
  return result(json.text, json)
}

/** Nothing more happens by itself. */
function isEnded({ state, reason }: Run): boolean {
  return ['done', 'stopped', 'draft'].includes(state) || (state === 'paused' && reason !== 'access')
}
