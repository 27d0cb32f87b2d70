// What follows from a vendor's file and a campaign alone is worked out once for each version of both.
import type { Campaign } from '../campaigns/campaign.ts'

const texts = new WeakMap<object, string>()

/** The value as JSON, made once: a campaign, or what follows from one, is never changed in place. */
export function jsonOf(value: object): string {
  const text = texts.get(value) ?? JSON.stringify(value)
  texts.set(value, text)
  return text
}

/** `work`, remembered as long as both objects live: neither is ever changed in place, and nobody may change the result. */
export function oncePerVersion<V extends object, T extends string | object>(
  work: (vendor: V, campaign: Campaign) => T,
): (vendor: V, campaign: Campaign) => T {
  const known = new WeakMap<V, WeakMap<Campaign, T>>()
  return (vendor, campaign) => {
    const ofVendor = known.get(vendor) ?? new WeakMap<Campaign, T>()
    known.set(vendor, ofVendor)
    const result = ofVendor.get(campaign) ?? work(vendor, campaign)
    ofVendor.set(campaign, result)
    return result
  }
}
