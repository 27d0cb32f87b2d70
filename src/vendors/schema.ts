// Prints the JSON Schema of a vendor file, so that an editor completes it: `npm run vendor:schema`.
import { z } from 'zod'
import { vendorSchema } from './vendor.ts'

/** JSON Schema, draft 2020-12, of what a file may hold. What spans several fields is only checked at start. */
export function vendorJsonSchema() {
  return {
    title: 'A vendor of Campaign Sync',
    ...z.toJSONSchema(vendorSchema, { io: 'input', reused: 'ref' }),
  }
}

if (import.meta.main) console.log(JSON.stringify(vendorJsonSchema(), null, 2))
