// Entry of `npm run demo-vendor`: reads Acme's own environment, starts it, and stops it on SIGTERM or SIGINT.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { startDemoVendor } from './server.ts'

const environment = z.object({
  DEMO_VENDOR_PORT: z.coerce.number().int().min(1).max(65_535).default(4000),
  DEMO_VENDOR_HOST_BIND: z.string().default('127.0.0.1'),
  DEMO_VENDOR_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  DEMO_CLIENT_ID: z.string().default('campaign-sync'),
  DEMO_CLIENT_SECRET: z.string().optional(),
  DEMO_REDIRECT_URIS: z
    .string()
    .default('http://localhost:3000/oauth/demo/callback')
    .transform((list) => list.split(',').map((uri) => uri.trim()))
    .pipe(z.array(z.url({ protocol: /^https?$/ })).min(1)),
  DEMO_TOKEN_SECONDS: z.coerce.number().int().min(1).max(86_400).default(900),
  DATA_DIR: z.string().default('data'),
})

const env = readEnvironment()
const vendor = await startDemoVendor({
  host: env.DEMO_VENDOR_HOST_BIND,
  port: env.DEMO_VENDOR_PORT,
  publicUrl: env.DEMO_VENDOR_PUBLIC_URL?.replace(/\/$/, ''),
  clientId: env.DEMO_CLIENT_ID,
  clientSecret: env.DEMO_CLIENT_SECRET ?? keptSecret(env.DATA_DIR),
  redirectUris: env.DEMO_REDIRECT_URIS,
  tokenSeconds: env.DEMO_TOKEN_SECONDS,
  databaseFile: join(env.DATA_DIR, 'acme-ads.sqlite'),
}).catch(explain)

console.log(`Acme Ads       ${vendor.url}\nControl panel  ${vendor.url}/panel`)
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void vendor.close())

function readEnvironment(): z.infer<typeof environment> {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const filledIn = Object.entries(process.env).filter(([, value]) => value !== '')
  const read = environment.safeParse(Object.fromEntries(filledIn))
  if (read.success) return read.data
  giveUp(...read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))
}

/** The secret that Campaign Sync made on its first start, when both run from the same folder. */
function keptSecret(folder: string): string {
  const file = join(folder, 'secrets.json')
  try {
    return z
      .object({ demoClientSecret: z.string().min(1) })
      .parse(JSON.parse(readFileSync(file, 'utf8'))).demoClientSecret
  } catch {
    giveUp(
      `Set DEMO_CLIENT_SECRET, or start Campaign Sync once (npm start): it keeps a secret in ${file}.`,
    )
  }
}

function explain(error: NodeJS.ErrnoException): never {
  if (error.code !== 'EADDRINUSE') giveUp(error.message)
  giveUp(
    `Port ${env.DEMO_VENDOR_PORT} is taken. Stop what uses it, or set DEMO_VENDOR_PORT to another.`,
  )
}

function giveUp(...lines: string[]): never {
  for (const line of lines) console.error(`Acme Ads: ${line}`)
  process.exit(1)
}
