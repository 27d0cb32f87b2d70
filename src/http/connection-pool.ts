// Connections to vendors: kept open for a moment for the grant they were opened for, and shared with no other.
import { setTimeout as wait } from 'node:timers/promises'
import type { buildConnector, Client } from 'undici'

/** ms an unused connection is kept. A vendor that closes it first, under a push, leaves us not knowing; none is so quick. */
const KEPT_MS = 1_000
/** Unused connections kept at once; the oldest is closed for one more. A thousand cost 80 MB. */
const MOST_KEPT = 256
const CONNECT_MS = 5_000
/** Made once: undici would make an error, with its stack, for each connection that ends. */
const NOT_NEEDED = new Error('the connection is not needed any more')
/** ms that calls under way get when the process ends; the requests they were for are over by then. */
const CLOSE_MS = 500

interface Connector {
  Client: typeof Client
  connect: ReturnType<typeof buildConnector>
}

/** undici is loaded with the first call: a tenth of a start is not to wait for it. */
async function loadConnector(): Promise<Connector> {
  const { buildConnector, Client } = await import('undici')
  return { Client, connect: buildConnector({ timeout: CONNECT_MS }) }
}

/** One Client is one connection, never shared between grants: docs/decisions/012-connections-by-grant.md. */
export function createConnectionPool() {
  const open = new Set<Client>()
  let connector: Connector | undefined

  async function start(origin: string, name: string | undefined): Promise<Client> {
    connector ??= await loadConnector()
    const { Client, connect } = connector
    const client = new Client(origin, {
      connect,
      keepAliveTimeout: KEPT_MS,
      keepAliveMaxTimeout: KEPT_MS,
    })
    open.add(client)
    // In the middle of a call undici connects again by itself, if nothing was sent yet.
    return client.on('disconnect', () => {
      if (name !== undefined && unused.forget(client, name)) end(client)
    })
  }

  function end(client: Client): void {
    open.delete(client)
    void client.destroy(NOT_NEEDED)
  }

  const unused = createUnused(end)

  return {
    /** Makes a call on a connection of this grant; without one on a new connection, which is closed after it. */
    async use<T>(
      origin: string,
      grant: string | undefined,
      call: (client: Client) => Promise<T>,
    ): Promise<T> {
      const name = grant === undefined ? undefined : `${origin} ${grant}`
      const client =
        (name === undefined ? undefined : unused.take(name)) ?? (await start(origin, name))
      try {
        const response = await call(client)
        if (name !== undefined && client.stats.connected) unused.keep(client, name)
        else end(client)
        return response
      } catch (error) {
        end(client)
        throw error
      }
    },

    async close(): Promise<void> {
      const ended = Promise.all([...open].map((client) => client.close()))
      await Promise.race([ended, wait(CLOSE_MS, undefined, { ref: false })])
      await Promise.all([...open].map((client) => client.destroy()))
    },
  }
}

/** Unused connections by name: of each the newest is used again, and of all the oldest is ended for one too many. */
function createUnused(end: (client: Client) => void) {
  const unused = new Map<string, Client[]>()
  let kept = 0

  function endOldest(): void {
    const [first] = unused
    const [name = '', [oldest] = []] = first ?? []
    if (oldest && forget(oldest, name)) end(oldest)
  }

  function forget(client: Client, name: string): boolean {
    const clients = unused.get(name) ?? []
    if (!clients.includes(client)) return false
    kept -= 1
    const others = clients.filter((one) => one !== client)
    if (others.length === 0) unused.delete(name)
    else unused.set(name, others)
    return true
  }

  return {
    forget,

    keep(client: Client, name: string): void {
      if (kept === MOST_KEPT) endOldest()
      kept += 1
      unused.set(name, [...(unused.get(name) ?? []), client])
    },

    take(name: string): Client | undefined {
      const client = unused.get(name)?.at(-1)
      if (client) forget(client, name)
      return client
    },
  }
}
