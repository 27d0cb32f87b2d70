// What an app under test is started with: a folder of its own, campaigns, vendor files, secrets, an environment.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FakeVendor } from '../vendor/fake-vendor.ts'
import type { FileChange } from '../vendor/fake-vendor-file.ts'

export type Environment = Record<string, string>

export interface SetupOptions {
  vendors: FakeVendor[]
  /** Changes to every vendor's file. */
  file?: FileChange
  redisUrl?: string | undefined
  /** Changes to the environment. */
  environment?: Environment
}

/** The campaigns of every app under test. */
export const CAMPAIGNS = [
  { id: 'C1', name: 'Spring launch', budget: 12_000 },
  { id: 'C2', name: 'Webinar EMEA', budget: 3_400 },
  { id: 'C3', name: 'Autumn sale' },
  { id: '701Qy00000Ky9PfIAJ', name: 'Black Friday' },
]

export type Setup = ReturnType<typeof prepare>

/** Makes the folder. The same setup may be started again and again: same data, same secrets. */
export function prepare({ vendors, file = {}, redisUrl, environment = {} }: SetupOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'campaign-sync-'))
  const write = (name: string, content: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(content))
    return join(folder, name)
  }
  const secret = () => randomBytes(32).toString('base64')
  const secrets = { sessionSecret: secret(), encryptionKey: secret() }
  const files = vendors.map((vendor) => write(`${vendor.settings.id}.json`, vendor.file(file)))
  const all: Environment = {
    DATA_DIR: join(folder, 'data'),
    CAMPAIGNS: write('campaigns.json', CAMPAIGNS),
    ...(vendors.length > 0 && { VENDORS: files.join(',') }),
    ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
    SESSION_SECRET: secrets.sessionSecret,
    ENCRYPTION_KEYS: secrets.encryptionKey,
    ...Object.assign({}, ...vendors.map(credentials)),
    ...environment,
  }
  return {
    folder,
    vendors,
    secrets,
    redisUrl,
    environment: all,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Tells each vendor where it may send people back to. */
export function registerAt(vendors: FakeVendor[], publicUrl: string): void {
  for (const { settings } of vendors)
    settings.redirectUris.add(`${publicUrl}/oauth/${settings.id}/callback`)
}

function credentials({ settings }: FakeVendor): Environment {
  const prefix = settings.id.toUpperCase().replaceAll('-', '_')
  return {
    [`${prefix}_CLIENT_ID`]: settings.clientId,
    [`${prefix}_CLIENT_SECRET`]: settings.clientSecret,
  }
}
