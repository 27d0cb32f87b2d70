// The adapter of this project.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPage } from '../../test/support/browser/page.ts'
import type { Adapter, Surroundings } from './adapter.ts'

const SERVER = join(import.meta.dirname, '..', '..', 'src', 'server.ts')
const secret = () => randomBytes(32).toString('base64')
const SECRETS = { SESSION_SECRET: secret(), ENCRYPTION_KEYS: secret() }

export const adapter: Adapter = {
  name: 'Campaign Sync',
  callbackPath: '/oauth/bench/callback',
  readyPath: '/readyz',
  command: ({ port, url, folder, vendor, campaigns }) => {
    const write = (name: string, content: unknown) => {
      writeFileSync(join(folder, name), JSON.stringify(content))
      return join(folder, name)
    }
    return {
      command: [SERVER],
      environment: {
        ...SECRETS,
        PORT: String(port),
        PUBLIC_URL: url,
        DATA_DIR: join(folder, 'data'),
        CAMPAIGNS: write('campaigns.json', campaigns),
        VENDORS: write('bench.json', vendorFile(vendor)),
        BENCH_CLIENT_ID: vendor.clientId,
        BENCH_CLIENT_SECRET: vendor.clientSecret,
        LOG_LEVEL: 'error',
      },
    }
  },
  async preparePress(visitor, campaign) {
    const page = await visitor.open(`/campaigns/${campaign}`)
    return () => visitor.press(page, ({ post }) => post === `/campaigns/${campaign}/sync`)
  },
  wayOn: ({ body }) =>
    readPage(body).actions.find(({ name }) => name.startsWith('Continue to '))?.name,
  saysDone: ({ body }) => /Campaign \w+ synced\./.test(readPage(body).banner?.text ?? ''),
}

function vendorFile(vendor: Surroundings['vendor']) {
  const { authorizeUrl, tokenUrl, apiUrl, issuer, takesKeys } = vendor
  const push = { method: 'PUT', path: `${apiUrl}/\${campaign.id}`, externalId: 'id' }
  return {
    id: 'bench',
    name: 'Bench Ads',
    authorize: { url: authorizeUrl, scopes: ['campaigns:write'], issuer, issParameter: true },
    token: { url: tokenUrl },
    lifetime: { freshGraceSeconds: 0 },
    api: {
      baseUrl: issuer,
      push: { ...push, ...(takesKeys && { idempotencyHeader: 'Idempotency-Key' }) },
    },
  }
}
