// Loads the vendors that VENDORS names, and sees that no two share the settings of their clients.
import { environmentPrefix, type Lookup, loadVendor, type readVendorFile } from '../vendors/load.ts'
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
      const prefix = environmentPrefix(loaded.vendor.id)
      const same = vendors.find(({ id }) => environmentPrefix(id) === prefix)
      if (same?.id === loaded.vendor.id) faults.push(`VENDORS names ${same.id} twice`)
      else if (same)
        faults.push(`VENDORS: ${same.id} and ${loaded.vendor.id} would share ${prefix}CLIENT_ID`)
      vendors.push(loaded.vendor)
    }
  }
  return vendors
}
