// Which campaigns a run is for: those ticked, or what is new and changed of all that match the list's filter.
import type { Request } from 'express'
import { z } from 'zod'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import { type Action, badRequest, HttpProblem } from '../../errors.ts'
import { chooseCampaigns } from '../../runs/choose.ts'
import { type Choice, MOST_ITEMS } from '../../runs/run.ts'
import { STATUSES, selectCampaigns } from '../../sync/campaign-list.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { campaigns as count, leftOutText, resendAction } from './messages.ts'
import { titleOfList, titleOfNamed } from './text.ts'

/** Ids one request may name. */
const MOST_IDS = 1_000

const ids = z.union([z.string().transform((id) => [id]), z.array(z.string())])
const text = z.string().max(200).optional()
const yes = z.union([z.literal('1'), z.literal(1), z.literal(true)]).optional()
const day = z.union([z.iso.date(), z.literal('')]).optional()
export const choiceSchema = z.object({
  id: ids.optional(),
  /** The same, as JSON callers may rather write it. */
  ids: ids.optional(),
  all: yes,
  /** Those that the vendor has as they are now, too. */
  unchanged: yes,
  search: text,
  status: z.union([z.enum(STATUSES), z.literal('')]).optional(),
  vendor: text,
  type: text,
  owner: text,
  from: day,
  to: day,
})

type ChoiceBody = z.infer<typeof choiceSchema>

export interface RunChoice {
  vendor: Vendor
  title: string
  campaigns: readonly Campaign[]
  choice: Choice
}

/** @throws HttpProblem 400, with what is wrong in a sentence, 404 for an unknown vendor, 409 when nothing has to go */
export async function readChoice(
  context: Context,
  req: Request,
  body: unknown = req.body,
): Promise<RunChoice> {
  const { data } = choiceSchema.safeParse(body)
  if (!data)
    throw badRequest(
      'Choose campaigns by the field id, once for each, or all=1. Nothing was started.',
    )
  const vendor = context.vendorOrFirst(data.vendor, req)
  const named = data.all === undefined ? (data.id ?? data.ids ?? []) : undefined
  const wanted = named === undefined ? await matching(context, vendor, data) : byId(context, named)
  // Who ticks one, or filters for synced ones, means them.
  const unchanged = named !== undefined || data.unchanged !== undefined || data.status === 'synced'
  const { campaigns, choice } = await chooseCampaigns(context, vendor, wanted, unchanged)
  const filter = named === undefined ? filterOf(vendor, data) : undefined
  if (campaigns.length === 0) throw nothingToSync(vendor, { ...choice, filter })
  if (campaigns.length > MOST_ITEMS) throw tooMany(campaigns.length)
  const title = named === undefined ? titleOfList(data, unchanged) : titleOfNamed(campaigns)
  return { vendor, title, campaigns, choice: { ...choice, filter, by: req.identity?.name } }
}

/** The fields of a form that asks for the same list again. */
function filterOf(
  vendor: Vendor,
  { search, status, type, owner, from, to }: ChoiceBody,
): Record<string, string> {
  const fields = Object.entries({ search, status, type, owner, from, to })
  const given = fields.filter((field): field is [string, string] => Boolean(field[1]))
  return { vendor: vendor.id, ...Object.fromEntries(given) }
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
  { search = '', status, type, owner, from, to }: ChoiceBody,
) {
  const { campaigns } = await selectCampaigns(context, [vendor], {
    search: search.trim(),
    status: status || undefined,
    type: type || undefined,
    owner: owner || undefined,
    from: from || undefined,
    to: to || undefined,
  })
  if (campaigns.length === 0) throw noneMatches()
  return campaigns
}

function nothing() {
  return badRequest(
    'No campaign was chosen. Tick at least one, or choose Sync all. Nothing was started.',
  )
}

/** Nothing that is changed, or failed, is as good an end as nothing that is new or changed of all. */
function noneMatches() {
  return nothingLeft('none', 'No campaign matches what was asked for. Nothing was started.')
}

function tooMany(found: number) {
  return badRequest(
    `One run takes ${count(MOST_ITEMS)} at most, and these are ${found.toLocaleString('en')}. Filter the list first.`,
  )
}

function nothingToSync(vendor: Vendor, choice: Choice) {
  const beside = resendAction(choice)
  // Beside nothing that goes they do not go "too".
  const resend = beside && { ...beside, label: beside.label.replace(/ too$/, '') }
  const isIncomplete = choice.leftOut.some(({ because }) => because === 'incomplete')
  const text = choice.leftOut.map((one) => leftOutText(one, vendor)).join(' ')
  return nothingLeft(isIncomplete ? 'incomplete' : 'unchanged', text, resend)
}

function nothingLeft(because: 'none' | 'unchanged' | 'incomplete', text: string, resend?: Action) {
  return new HttpProblem({
    code: 'E-UNCHANGED',
    status: 409,
    heading: 'Nothing to sync',
    text,
    members: { because },
    actions: [{ label: 'Go to campaigns', href: '/campaigns' }, ...(resend ? [resend] : [])],
  })
}
