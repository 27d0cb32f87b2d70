// Connections to vendors: kept open for a moment for the grant they were opened for, and shared with no other.
import { setTimeout as wait } from 'node:timers/promises'
import { Agent, buildConnector } from 'undici'

/** ms an unused connection is kept. A vendor that closes it first, under a push, leaves us not knowing; none is so quick. */
const KEPT_MS = 1_000
/** Grants whose connections are kept at once; all beyond have a new one for each call. */
const MOST_GRANTS = 256
const CONNECT_MS = 5_000
/** ms that calls under way get when the process ends; the requests they were for are over by then. */
const CLOSE_MS = 500

export type Connections = ReturnType<typeof createConnections>

/**
 * An agent for each grant (one person's access for one campaign or run), at most `connections` to one origin each.
 * On a connection that people share, an answer nobody asked for becomes the next person's
 * (docs/decisions/012-connections-by-grant.md). TLS sessions are resumed by all.
 */
export function createConnections(connections: number) {
  const shared = { connections, connect: buildConnector({ timeout: CONNECT_MS }) }
  const single = new Agent({ ...shared, pipelining: 0 })
  const kept = new Map<string, Agent>()

  function keep(grant: string): Agent {
    const agent = new Agent({ ...shared, keepAliveTimeout: KEPT_MS, keepAliveMaxTimeout: KEPT_MS })
    kept.set(grant, agent)
    const forgetUnused = () => Object.keys(agent.stats).length === 0 && kept.delete(grant)
    return agent.on('disconnect', forgetUnused).on('connectionError', forgetUnused)
  }

  return {
    /** Where a call goes. */
    of(grant: string | undefined): Agent {
      if (grant === undefined) return single
      return kept.get(grant) ?? (kept.size < MOST_GRANTS ? keep(grant) : single)
    },

    /** Lets calls under way end for a moment, then ends them. */
    async close(): Promise<void> {
      const agents = [single, ...kept.values()]
      const ended = Promise.all(agents.map((agent) => agent.close()))
      await Promise.race([ended, wait(CLOSE_MS, undefined, { ref: false })])
      await Promise.all(agents.map((agent) => agent.destroy()))
    },
  }
}
