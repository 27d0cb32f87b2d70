// What follows from a vendor's file and a campaign alone is worked out once for each version of both.

const texts = new WeakMap<object, string>()

/** The value as JSON, made once: a campaign, or what follows from one, is never changed in place. */
export function jsonOf(value: object): string {
  const text = texts.get(value) ?? JSON.stringify(value)
  texts.set(value, text)
  return text
}

/** `work`, remembered as long as both objects live: neither is ever changed in place, and a result only if it is a memo itself. */
export function oncePerVersion<V extends object, C extends object, T extends string | object>(
  work: (vendor: V, campaigns: C) => T,
): (vendor: V, campaigns: C) => T {
  const known = new WeakMap<V, WeakMap<C, T>>()
  return (vendor, campaigns) => {
    const ofVendor = known.get(vendor) ?? new WeakMap<C, T>()
    known.set(vendor, ofVendor)
    const result = ofVendor.get(campaigns) ?? work(vendor, campaigns)
    ofVendor.set(campaigns, result)
    return result
  }
}
