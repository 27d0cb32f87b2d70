// What a campaign lacks to go to a vendor: said by name before anything is sent. Pure.
import type { Campaign } from '../campaigns/campaign.ts'
import { fieldText } from './campaign-fields.ts'
import type { PushResponse } from './classify-response.ts'
import { campaignScope } from './request.ts'
import { fill, hasValue } from './template.ts'
import type { Vendor } from './vendor.ts'

/** Undefined when it may go there. */
export function incompleteness(vendor: Vendor, campaign: Campaign): PushResponse | undefined {
  const scope = campaignScope(vendor, campaign, {})
  const missing = vendor.api.needs.filter((field) => !hasValue(scope, `campaign.${field}`))
  if (missing.length > 0) return said(`it has no ${missing.map(fieldText).join(' and no ')}`)
  const currency = vendor.api.currency && fill(vendor.api.currency, vendor.values)
  const isOther = currency !== undefined && currency !== '' && campaign.currency !== currency
  if (!isOther || campaign.budget === undefined) return undefined
  return said(`its budget is in ${campaign.currency}, and the account there is in ${currency}`)
}

function said(message: string): PushResponse {
  return { kind: 'incomplete', maybeApplied: false, message }
}
