// Read before the app when it runs in the lab: its secrets, and at the first start its bundle, campaigns and vendor are made.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'data', 'lab')
const { port } = new URL(process.env.VENDOR_URL)
process.env.CAMPAIGNS = join(folder, 'campaigns.json')
process.env.VENDORS = join(folder, `vendor-${port}.json`)
process.env.SESSION_SECRET = secret()
process.env.ENCRYPTION_KEYS = secret()
if (!existsSync(process.env.VENDORS)) await writeFiles()
// In a process of its own: a build's memory is not the app's.
if (!existsSync(join(root, 'dist')))
  execFileSync(process.execPath, [join(root, 'scripts', 'build.ts')])

async function writeFiles() {
  const [{ vendorFile }, { CAMPAIGNS, campaigns }] = await Promise.all([
    import('./apps.ts'),
    import('./workload.ts'),
  ])
  mkdirSync(folder, { recursive: true })
  writeFileSync(process.env.CAMPAIGNS, JSON.stringify(campaigns(CAMPAIGNS)))
  writeFileSync(process.env.VENDORS, JSON.stringify(vendorFile(process.env.VENDOR_URL)))
}

function secret() {
  return randomBytes(32).toString('base64')
}
