// The stand-ins by the id of the vendor's file.
import { activecampaign } from './activecampaign.ts'
import type { Describe } from './base.ts'
import { brevo } from './brevo.ts'
import { constantContact } from './constant-contact.ts'
import { eventbrite } from './eventbrite.ts'
import { github } from './github.ts'
import { googleAds } from './google-ads.ts'
import { hubspot } from './hubspot.ts'
import { klaviyo } from './klaviyo.ts'
import { linkedin } from './linkedin.ts'
import { mailchimp } from './mailchimp.ts'
import { meta } from './meta.ts'
import { openaiAds } from './openai-ads.ts'
import { pinterest } from './pinterest.ts'
import { salesforce } from './salesforce.ts'
import { slack } from './slack.ts'
import { tiktokAds } from './tiktok-ads.ts'
import { x } from './x.ts'

export const STAND_INS: Record<string, Describe> = {
  activecampaign,
  brevo,
  'constant-contact': constantContact,
  eventbrite,
  github,
  'google-ads': googleAds,
  hubspot,
  klaviyo,
  linkedin,
  mailchimp,
  meta,
  'openai-ads': openaiAds,
  pinterest,
  salesforce,
  slack,
  'tiktok-ads': tiktokAds,
  x,
}
