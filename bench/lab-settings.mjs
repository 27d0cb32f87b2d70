// Read before the app when it runs in the lab: its secrets, and at the first start its bundle, campaigns and vendor are made.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '..', 'data', 'lab')
const { port } = new URL(process.env.VENDOR_URL)
process.env.CAMPAIGNS = join(folder, 'campaigns.json')
process.env.VENDORS = join(folder, `vendor-${port}.json`)
process.env.SESSION_SECRET = secret()
process.env.ENCRYPTION_KEYS = secret()
if (!existsSync(process.env.VENDORS)) await writeFiles()
if (!existsSync(join(import.meta.dirname, '..', 'dist'))) await import('../scripts/build.ts')

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
