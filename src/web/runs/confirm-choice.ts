// What a draft holds, for its confirm page: what goes, what is left out and why, and what is sent of the first campaign.
import type { Token } from '../../access/tokens.ts'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import type { Run } from '../../runs/run.ts'
import { previewOf } from '../../sync/preview.ts'
import { withValues } from '../../vendors/values.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { campaignStatus } from '../page/sync-messages.ts'
import { choiceText, leftOutText, resendAction } from './messages.ts'
import type { RunConfirmPage } from './view-models.ts'

const SHOWN = 20

/** Nothing for a draft made by an earlier version, which did not keep its choice. */
export async function chosenOf(
  context: Context,
  run: Run,
  vendor: Vendor,
  token: Token | undefined,
): Promise<Pick<RunConfirmPage, 'chosen' | 'preview'>> {
  const { choice } = run
  if (!choice) return {}
  const campaigns = await firstCampaigns(context, run)
  const ids = campaigns.map(({ id }) => id)
  const standings = await context.syncLog.standings(vendor.id, ids)
  const [first] = campaigns
  const resend = resendAction(choice)
  return {
    chosen: {
      text: choiceText(choice),
      leftOut: choice.leftOut.map((one) => ({
        text: leftOutText(one, vendor),
        names: one.campaigns.map(({ name }) => name),
        more: one.count - one.campaigns.length,
      })),
      ...(resend && { resend }),
      rows: campaigns.map((campaign, index) => ({
        campaign: campaign.id,
        name: campaign.name,
        status: campaignStatus(vendor, campaign, standings[index]),
        preview: previewPath(vendor, campaign),
      })),
      more: run.left - campaigns.length,
    },
    ...(first && { preview: await previewText(context, vendor, first, token) }),
  }
}

async function firstCampaigns({ runs, campaigns }: Context, run: Run): Promise<Campaign[]> {
  const items = await runs.items(run.id, 0, Math.min(SHOWN, run.total))
  return items.flatMap(({ item }) => campaigns.get(item.campaign) ?? [])
}

function previewPath(vendor: Vendor, campaign: Campaign): string {
  return `/campaigns/${campaign.id}/preview?vendor=${encodeURIComponent(vendor.id)}`
}

/** The requests as they go over the wire, without secrets. */
async function previewText(
  { links }: Context,
  vendor: Vendor,
  campaign: Campaign,
  token: Token | undefined,
): Promise<NonNullable<RunConfirmPage['preview']>> {
  const link = { vendor: vendor.id, account: token?.account?.id, campaign: campaign.id }
  const known = token && (await links.read(link))
  const { requests, unknown } = previewOf(withValues(vendor, token?.values), campaign, known)
  const texts = requests.map(({ method, url, headers, body }) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    return [`${method} ${url}`, ...lines, ...(body === undefined ? [] : ['', body])].join('\n')
  })
  const text =
    unknown === undefined ? texts.join('\n\n') : `Known once there is access: ${unknown}.`
  return { name: campaign.name, href: previewPath(vendor, campaign), text }
}
