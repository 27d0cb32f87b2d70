// Connections for a library that brings its own commands: plain node-redis, no prefix, nothing kept for later.
import { createClient } from 'redis'

const CONNECT_MS = 1_500

/**
 * A client that is not yet connected; it reconnects for ever, and rejects at once while Redis is away. `destroy` ends
 * it and every duplicate the library has made of it, whatever state they are in.
 */
export function createQueueClient(url: string) {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: CONNECT_MS,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 1_000),
    },
  })
  const all: { isOpen: boolean; destroy(): void }[] = [client]
  const duplicate = client.duplicate.bind(client)
  client.duplicate = (overrides) => {
    const another = duplicate(overrides)
    all.push(another)
    return another
  }
  return {
    client,
    destroy() {
      for (const one of all) if (one.isOpen) one.destroy()
    },
  }
}
