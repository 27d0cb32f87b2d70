// Which campaigns a run is for: those ticked, or all that match the list's filter. Judged whole before any is taken.
import type { Request } from 'express'
import { z } from 'zod'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import { badRequest } from '../../errors.ts'
import { MOST_ITEMS } from '../../runs/run.ts'
import { STATUSES, selectCampaigns } from '../../sync/campaign-list.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { campaigns as count } from './messages.ts'

/** Ids one request may name. */
const MOST_IDS = 1_000

const ids = z.union([z.string().transform((id) => [id]), z.array(z.string())])
const text = z.string().max(200).optional()
const choiceSchema = z.object({
  id: ids.optional(),
  /** The same, as JSON callers may rather write it. */
  ids: ids.optional(),
  all: z.union([z.literal('1'), z.literal(1), z.literal(true)]).optional(),
  search: text,
  status: z.union([z.enum(STATUSES), z.literal('')]).optional(),
  vendor: text,
})

export interface RunChoice {
  vendor: Vendor
  title: string
  campaigns: readonly Campaign[]
}

/** @throws HttpProblem 400, with what is wrong in a sentence, and 404 for an unknown vendor */
export async function readChoice(context: Context, req: Request): Promise<RunChoice> {
  const { data } = choiceSchema.safeParse(req.body)
  if (!data)
    throw badRequest(
      'Choose campaigns by the field id, once for each, or all=1. Nothing was started.',
    )
  const vendor = context.vendor(data.vendor ?? context.config.vendors[0]?.id, req)
  const named = data.all === undefined ? (data.id ?? data.ids ?? []) : undefined
  const chosen = named === undefined ? await matching(context, vendor, data) : byId(context, named)
  if (chosen.length > MOST_ITEMS)
    throw badRequest(
      `One run takes ${count(MOST_ITEMS)} at most, and these are ${chosen.length.toLocaleString('en')}. Filter the list first.`,
    )
  const filtered = Boolean(data.search || data.status)
  const title =
    named === undefined && !filtered ? `All ${count(chosen.length)}` : `${count(chosen.length)}`
  return { vendor, title, campaigns: chosen }
}

function byId(context: Context, named: string[]): Campaign[] {
  const wanted = [...new Set(named)]
  if (wanted.length === 0) throw nothing()
  if (named.length > MOST_IDS)
    throw badRequest(
      `One request names ${count(MOST_IDS)} at most. Use the filter and Sync all for more. Nothing was started.`,
    )
  const unknown = wanted.filter((id) => !context.campaigns.get(id))
  if (unknown.length > 0) {
    const some = unknown.slice(0, 3).map((id) => `“${id.slice(0, 64)}”`)
    throw badRequest(
      `${count(unknown.length)} of these are not here: ${some.join(', ')}. Nothing was started.`,
    )
  }
  return wanted.flatMap((id) => context.campaigns.get(id) ?? [])
}

/** All campaigns that the list shows with this filter, in the list's usual order: those that need attention first. */
async function matching(
  context: Context,
  vendor: Vendor,
  { search = '', status }: z.infer<typeof choiceSchema>,
) {
  const { campaigns } = await selectCampaigns(context, vendor, {
    search: search.trim(),
    status: status || undefined,
  })
  if (campaigns.length === 0) throw nothing()
  return campaigns
}

function nothing() {
  return badRequest(
    'No campaign was chosen. Tick at least one, or choose Sync all. Nothing was started.',
  )
}
