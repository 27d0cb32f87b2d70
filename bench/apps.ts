// The apps that are measured, as data: what runs, with which settings, and how one asks it to sync.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { EngineName } from './engines.ts'
import { CLIENT } from './workload.ts'

/** What an app is told of its surroundings. */
export interface Surroundings {
  port: number
  /** The address people open. */
  origin: string
  vendor: string
  redis: string
  /** Files made for ours: its campaigns, its vendor. */
  campaignsFile: string
  vendorFile: string
}

export interface App {
  name: string
  file: string
  environment(around: Surroundings): Record<string, string>
  /** Path that answers 200. */
  ready: string
  /** Of `/campaigns/:id/sync`. */
  method: 'GET' | 'POST'
  /** Promises that a press is finished though the process dies; a peer that promises nothing does less. */
  isDurable: boolean
  /** What it stands on beside Redis. */
  engine?: EngineName
  /** Redis answers a write when it is on disk, as PostgreSQL does by default. */
  isOnDisk?: boolean
}

const inBench = (file: string) => join(import.meta.dirname, 'apps', file)
const secret = () => randomBytes(32).toString('base64')
const secrets = { SESSION_SECRET: secret(), ENCRYPTION_KEYS: secret(), METRICS_TOKEN: secret() }

function peer(
  name: string,
  file: string,
  promises: Pick<App, 'isDurable' | 'engine'> = { isDurable: false },
): App {
  return {
    name,
    file: inBench(file),
    environment: ({ port, origin, vendor, redis }) => ({
      PORT: String(port),
      BASE_URL: origin,
      VENDOR_URL: vendor,
      REDIS_URL: redis,
    }),
    ready: '/campaigns/c0',
    method: 'GET',
    ...promises,
  }
}

export const raw = peer('raw', 'raw.ts')

/** This project as its image runs it, with its defaults, but for the limit of requests that one person would run into. */
export const ours: App = {
  name: 'ours',
  file: join(import.meta.dirname, '..', 'dist', 'server.js'),
  environment: ({ port, origin, redis, campaignsFile, vendorFile }) => ({
    PORT: String(port),
    PUBLIC_URL: origin,
    REDIS_URL: redis,
    CAMPAIGNS: campaignsFile,
    VENDORS: vendorFile,
    BENCH_CLIENT_ID: CLIENT.id,
    BENCH_CLIENT_SECRET: CLIENT.secret,
    SESSION_SECRET: secrets.SESSION_SECRET,
    ENCRYPTION_KEYS: secrets.ENCRYPTION_KEYS,
    RATE_LIMIT: '0',
  }),
  ready: '/healthz',
  method: 'POST',
  isDurable: true,
}

/** Ours with a Redis that survives a power cut of its own. */
const oursOnDisk: App = { ...ours, name: 'ours-on-disk', isOnDisk: true }

/** Ours with /metrics open. */
export const oursWithMetrics: App = {
  ...ours,
  environment: (around) => ({ ...ours.environment(around), METRICS_TOKEN: secrets.METRICS_TOKEN }),
}
export const metricsToken = secrets.METRICS_TOKEN

/** All that are measured, the floor first. */
export const compared: App[] = [
  raw,
  ours,
  oursOnDisk,
  peer('simple-oauth2', 'simple-oauth2.mjs'),
  peer('grant', 'grant.mjs'),
  peer('BullMQ', 'bullmq.mjs', { isDurable: true }),
  peer('DBOS', 'dbos.mjs', { isDurable: true, engine: 'postgres' }),
  peer('Restate', 'restate.mjs', { isDurable: true, engine: 'restate' }),
]

/** The vendor as ours reads it; `takesKeys`: a push that comes again under one key is applied once. */
export function vendorFile(vendor: string, takesKeys = true) {
  return {
    id: 'bench',
    name: 'Bench',
    client: { auth: 'basic' },
    authorize: { url: `${vendor}/authorize` },
    token: { url: `${vendor}/token` },
    api: {
      baseUrl: vendor,
      push: {
        method: 'PUT',
        path: '/api/campaigns/${campaign.id}',
        ...(takesKeys && { idempotencyHeader: 'Idempotency-Key' }),
        externalId: 'id',
      },
    },
  }
}
