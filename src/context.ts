// Composition root: makes everything once, joins it, and closes it.
import { createAccounts } from './access/accounts.ts'
import { createAuthorizationRequests } from './access/authorization-requests.ts'
import { createHandovers } from './access/handovers.ts'
import { createTokens } from './access/tokens.ts'
import { createAudit, recordSettled } from './audit/audit.ts'
import type { Campaign } from './campaigns/campaign.ts'
import { type CampaignSource, openCampaigns } from './campaigns/source.ts'
import type { Config } from './config/config.ts'
import { notFound } from './errors.ts'
import { createHttp } from './http/client.ts'
import { createApiTokens } from './identity/api-tokens.ts'
import { createPeople } from './identity/people.ts'
import { createSignIn } from './identity/provider.ts'
import { createSignedIn, createSignInRequests } from './identity/signed-in.ts'
import { createEvent, createLog, type Log, type LogDestination } from './log.ts'
import type { NoticesDeps } from './notices/notices.ts'
import { createApprovals, type FourEyesDeps, goOnWithAccess, isAbove } from './runs/approvals.ts'
import { openRuns } from './runs/runs.ts'
import { openStore } from './store/open.ts'
import { createSealer, type Sealer } from './store/seal.ts'
import type { Store } from './store/store.ts'
import { createIntents } from './sync/intents.ts'
import { createLinks } from './sync/links.ts'
import { createSyncLog, type OnSettled } from './sync/sync-log.ts'
import { openVendors, type VendorFiles, type VendorSource } from './vendors/source.ts'

/** Sockets to one vendor at once; further calls wait their turn. */
const VENDOR_CONNECTIONS = 64

export type Context = Awaited<ReturnType<typeof createContext>>

/**
 * @param logTo where log lines go, standard output by default
 * @param files vendor files that may change meanwhile; without them the vendors stay as they are
 * @throws Error when the store refuses us or the campaign file is broken: one plain sentence a line
 */
export async function createContext(given: Config, logTo?: LogDestination, files?: VendorFiles) {
  const log = createLog(given.logLevel, logTo)
  const event = createEvent(log)
  const vendors = files && openVendors(given.vendors, files, event)
  const config = vendors ? withCurrent(given, vendors) : given
  const campaigns = await openCampaigns(config.campaignsFile, event)
  const store = await openStore(config.redisUrl, config.dataDir, event)
  const metrics = await openMetrics(store, config)
  const http = createHttp(VENDOR_CONNECTIONS, metrics?.vendorAnswered)
  const audit = openAudit(store, config)
  const onSettled = audit && recordSettled(audit, event)
  const records = createRecords(store, createSealer(config.encryptionKeys), onSettled)
  const signIn = openSignIn(config, log)
  const vendor = (id: string) => config.vendors.find((one) => one.id === id)
  const campaign = (id: string) => campaigns.get(id)
  const { publicUrl } = config
  const noticesDeps = { store, http, tokens: records.tokens, vendor, event, publicUrl }
  const notices = await openNotices(noticesDeps, config.notices)
  const { approveAbove, redisUrl } = config
  const ended = notices?.runEnded
  const runsDeps = { http, ...records, approveAbove, campaign, vendor, event, ended }
  const runs = await openRuns(runsDeps, store, redisUrl)
  notices?.start(runs)
  const lookups = createLookups(config, campaigns)
  const fourEyes = { config, campaigns, runs, approvals: records.approvals, vendor: lookups.vendor }
  return {
    config,
    log,
    event,
    store,
    http,
    metrics,
    campaigns,
    vendorSource: vendors,
    ...records,
    signIn,
    audit,
    runs,
    notices,
    /** The process was told to stop; /readyz then says 503. */
    leaving: false,

    ...lookups,

    ...createFourEyes(fourEyes),

    /** Closes what was opened: runs and vendor calls end first, then the store. */
    async close() {
      signIn?.close()
      await runs.close()
      await notices?.close()
      campaigns.close()
      vendors?.close()
      await http.close()
      await store.close()
    },
  }
}

/** What is not used is not loaded. */
async function openMetrics(store: Store, { metricsToken }: Config) {
  return metricsToken === undefined
    ? undefined
    : (await import('./metrics.ts')).createMetrics(store)
}

function openAudit(store: Store, { auditDays, encryptionKeys }: Config) {
  return auditDays === 0 ? undefined : createAudit(store, encryptionKeys, auditDays)
}

async function openNotices(deps: NoticesDeps, settings: Config['notices']) {
  if (!settings) return undefined
  const { createNotices } = await import('./notices/notices.ts')
  return createNotices(deps, settings)
}

/** The company's sign-in, looked for from now on; undefined where there is none. */
function openSignIn({ publicUrl, signIn: settings }: Config, log: Log) {
  const signIn =
    settings &&
    createSignIn(settings, publicUrl, (name, fields) =>
      name === 'signin.found' ? log.info(fields, name) : log.warn(fields, name),
    )
  signIn?.start()
  return signIn
}

function createRecords(store: Store, sealer: Sealer, onSettled?: OnSettled) {
  return {
    accounts: createAccounts(store, sealer),
    tokens: createTokens(store, sealer),
    authorizationRequests: createAuthorizationRequests(store, sealer),
    apiTokens: createApiTokens(store),
    people: createPeople(store),
    handovers: createHandovers(store),
    approvals: createApprovals(store),
    sealer,
    signedIn: createSignedIn(store, sealer),
    signInRequests: createSignInRequests(store, sealer),
    intents: createIntents(store),
    syncLog: createSyncLog(store, onSettled),
    links: createLinks(store),
  }
}

function createFourEyes(deps: FourEyesDeps) {
  const { approveAbove } = deps.config
  return {
    /** Whether this campaign alone is more than one person may start. */
    isAboveLimit: ({ budget = 0 }: Campaign) =>
      approveAbove !== undefined && isAbove(approveAbove, { count: 1, budget }),

    /** Lets a run that waits for access go on, unless it needs an approver's yes that it does not have as it is now. */
    runHasAccess: (owner: string, id: string | undefined) => goOnWithAccess(deps, owner, id),
  }
}

function createLookups(config: Config, campaigns: CampaignSource) {
  /** The vendor of this id; a problem of the request `of` is then logged with it. @throws HttpProblem 404 */
  function vendor(id: unknown, of?: { vendor?: string }) {
    const found = config.vendors.find((one) => one.id === id)
    if (!found) throw notFound('This vendor')
    if (of) of.vendor = found.id
    return found
  }

  return {
    vendor,

    /** The same, the first one where a request names none. */
    vendorOrFirst: (id: unknown, of: { vendor?: string }) =>
      vendor(id ?? config.vendors[0]?.id, of),

    /** The campaign of exactly this id. @throws HttpProblem 404 */
    campaign(id: unknown) {
      const campaign = typeof id === 'string' ? campaigns.get(id) : undefined
      if (!campaign) throw notFound('This campaign')
      return campaign
    },
  }
}

/** The settings, with the vendors as they are at each look. */
function withCurrent(config: Config, { all }: VendorSource): Config {
  return {
    ...config,
    get vendors() {
      return all()
    },
  }
}
