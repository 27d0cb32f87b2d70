// Loads the vendors that VENDORS names, and sees that no two share the settings of their clients.
import { type Lookup, loadVendor, type readVendorFile, sharedSettings } from '../vendors/load.ts'
import type { Vendor } from '../vendors/vendor.ts'

export function readVendors(
  files: { name: string; read: ReturnType<typeof readVendorFile> }[],
  lookup: Lookup,
  faults: string[],
): Vendor[] {
  const vendors: Vendor[] = []
  for (const { name, read } of files) {
    const loaded = loadVendor(name, lookup, undefined, read)
    if (loaded.faults) faults.push(...loaded.faults.map((fault) => `VENDORS: ${fault}`))
    else {
      const shared = sharedSettings(vendors, loaded.vendor)
      if (shared !== undefined) faults.push(shared)
      vendors.push(loaded.vendor)
    }
  }
  return vendors
}
