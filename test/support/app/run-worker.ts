// A process that only carries runs, with short locks, to be killed at any moment. Says on stdout which run it took.

import { createTokens } from '../../../src/access/tokens.ts'
import { openCampaigns } from '../../../src/campaigns/source.ts'
import { readConfig } from '../../../src/config/config.ts'
import { createHttp } from '../../../src/http/client.ts'
import { createApprovals } from '../../../src/runs/approvals.ts'
import { openRuns } from '../../../src/runs/runs.ts'
import { openStore } from '../../../src/store/open.ts'
import { createSealer } from '../../../src/store/seal.ts'
import { createLinks } from '../../../src/sync/links.ts'
import { createSyncLog } from '../../../src/sync/sync-log.ts'

const config = readConfig(process.env)
const event = (name: string, fields: object) => console.log(JSON.stringify({ name, ...fields }))
const campaigns = await openCampaigns(config.campaignsFile, () => {})
const store = await openStore(config.redisUrl, config.dataDir, () => {})
await openRuns(
  {
    http: createHttp(64),
    tokens: createTokens(store, createSealer(config.encryptionKeys)),
    syncLog: createSyncLog(store),
    links: createLinks(store),
    approvals: createApprovals(store),
    approveAbove: config.approveAbove,
    campaign: campaigns.get,
    vendor: (id) => config.vendors.find((vendor) => vendor.id === id),
    event,
  },
  store,
  config.redisUrl,
  { lockMs: 400, checkEveryMs: 150 },
)
event('ready', {})
