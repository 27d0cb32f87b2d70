// Entry of `npm run vendor:check FILE`: prints what is found; the exit code is 0 when nothing is wrong.
import { environment } from '../config/config.ts'
import { checkVendor } from './check.ts'

const [file] = process.argv.slice(2)
if (file === undefined) {
  console.error('Which file? npm run vendor:check path/to/vendor.json')
  process.exit(1)
}
const settings = environment()
const publicUrl = settings.PUBLIC_URL ?? `http://localhost:${settings.PORT ?? 3000}`
const isFine = await checkVendor(
  file,
  (name) => settings[name]?.trim() || undefined,
  publicUrl,
  console.log,
)
process.exit(isFine ? 0 : 1)
