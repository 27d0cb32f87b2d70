// Entry of `npm run vendor:check FILE…`: prints what is found; the exit code is 0 when nothing is wrong in any file.
import { environment } from '../config/config.ts'
import { lookUp } from '../config/settings.ts'
import { checkVendor } from './check.ts'

const files = process.argv.slice(2).filter((one) => !one.startsWith('-'))
if (files.length === 0) {
  console.error('Which file? npm run vendor:check path/to/vendor.json')
  process.exit(1)
}
const settings = environment()
const publicUrl = settings.PUBLIC_URL ?? `http://localhost:${settings.PORT ?? 3000}`
const faults: string[] = []
const lookup = (name: string) => lookUp(settings, name, faults)
let isFine = true
for (const file of files) {
  if (files.length > 1) console.log(`\n${file}`)
  if (!(await checkVendor(file, lookup, publicUrl, console.log))) isFine = false
}
for (const fault of new Set(faults)) console.log(`✗ ${fault}`)
process.exit(isFine && faults.length === 0 ? 0 : 1)
