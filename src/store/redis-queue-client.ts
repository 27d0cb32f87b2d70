// Connections for a library that brings its own commands: plain node-redis, no prefix, nothing kept for later.
import { createClient } from 'redis'

const CONNECT_MS = 1_500

/** A client that is not yet connected; it reconnects for ever, and rejects at once while Redis is away. */
export function createQueueClient(url: string) {
  return createClient({
    url,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: CONNECT_MS,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 1_000),
    },
  })
}
