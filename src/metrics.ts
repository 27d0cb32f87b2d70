// Metrics for Prometheus: what happened, how often, how long. No campaign, session or account in any label.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Store } from './store/store.ts'

/** Hosts with a label of their own; vendors with a host for each tenant have any number of them. */
const HOSTS_MOST = 50

export type Metrics = ReturnType<typeof createMetrics>

/** Counters of this process; `store` is asked for its health when they are read. */
export function createMetrics(store: Pick<Store, 'ping'>) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const syncs = new Counter({
    name: 'campaign_sync_syncs_total',
    help: 'Clicks that came to an end, by vendor and result (authorize: the person was sent to the vendor)',
    labelNames: ['vendor', 'result'],
    registers,
  })
  const authorizations = new Counter({
    name: 'campaign_sync_authorizations_total',
    help: 'Trips to a vendor that came back, by result: granted, held (another account), denied, or why not',
    labelNames: ['vendor', 'result'],
    registers,
  })
  const pushes = new Histogram({
    name: 'campaign_sync_push_seconds',
    help: 'Time a push took, its repeats included',
    labelNames: ['vendor'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const vendorResponses = new Counter({
    name: 'campaign_sync_vendor_answers_total',
    help: 'Answers of vendors to calls of any kind, by host (the first 50, then other) and class: 2xx to 5xx, none, or not-sent',
    labelNames: ['host', 'class'],
    registers,
  })
  new Gauge({
    name: 'campaign_sync_store_up',
    help: '1 when the store answers',
    registers,
    async collect() {
      this.set(
        await store.ping().then(
          () => 1,
          () => 0,
        ),
      )
    },
  })
  const hosts = new Set<string>()
  return {
    syncEnded(vendor: string, result: string, tookMs: number | undefined) {
      syncs.inc({ vendor, result })
      if (tookMs !== undefined) pushes.observe({ vendor }, tookMs / 1000)
    },
    authorizationEnded: (vendor: string, result: string) => authorizations.inc({ vendor, result }),
    vendorAnswered(host: string, kind: string) {
      if (hosts.size < HOSTS_MOST) hosts.add(host)
      vendorResponses.inc({ host: hosts.has(host) ? host : 'other', class: kind })
    },
    ...createLongPollMetrics(registers),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

function createLongPollMetrics(registers: Registry[]) {
  const longPolls = new Gauge({
    name: 'campaign_sync_long_polls',
    help: 'Requests that wait for a result (?wait=30)',
    registers,
  })
  const longPollsNotKept = new Counter({
    name: 'campaign_sync_long_polls_not_kept_total',
    help: 'Requests that were to wait and were answered at once, as too many others wait',
    registers,
  })
  return {
    longPolls: (open: number) => longPolls.set(open),
    longPollNotKept: () => longPollsNotKept.inc(),
  }
}
