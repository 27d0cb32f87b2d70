// What every Redis connection needs: a deadline per command, no late commands after a reconnect, a log of its health.
import { setTimeout as sleep } from 'node:timers/promises'
import { DisconnectsClientError, ErrorReply } from '@redis/client'
import type { Client } from './client.ts'

/** A command without a reply for this long rejects, and its connection is closed. */
export const REPLY_MS = 1_000
/** Finds an idle connection that a firewall has dropped before a visitor does. */
const PING_EVERY_MS = 3_000
const CLOSED = 'the store is closed'

export const silent = () => new Error(`Redis did not answer within ${REPLY_MS} ms`)

export type StoreLog = (event: string, fields: object) => void

/** The reply as it comes; `late` is called once when it is not there after REPLY_MS. */
export async function watched<T>(reply: Promise<T>, late: () => void): Promise<T> {
  let waiting = true
  const end = () => waiting && late()
  // After a long pause of this process the reply may have arrived: setImmediate lets it be read first.
  const timer = setTimeout(() => setImmediate(end), REPLY_MS)
  try {
    return await reply
  } finally {
    waiting = false
    clearTimeout(timer)
  }
}

/** The deadline is for the reply; node-redis counts only to the write. `again` opens the next connection. */
export function withDeadlines(
  client: Client,
  down: (error: Error) => void,
  again: () => Promise<unknown>,
) {
  let closing = false
  let reason = CLOSED
  let readySince = 0
  client.on('ready', () => {
    readySince = performance.now()
    if (closing) client.destroy()
  })

  const reconnect = (error: Error) => {
    if (closing || !client.isReady) return
    reason = error.message
    down(error)
    client.destroy()
    again().catch(() => {})
  }

  const inTime = async <T>(reply: Promise<T>): Promise<T> => {
    try {
      return await watched(reply, () => reconnect(silent()))
    } catch (error) {
      if (error instanceof DisconnectsClientError) throw new Error(reason)
      // The primary has become a replica, and its address may now lead to the new primary.
      const replica = error instanceof ErrorReply && error.message.startsWith('READONLY')
      if (replica && performance.now() - readySince > REPLY_MS) reconnect(error)
      throw error
    }
  }
  const pulse = setInterval(
    () => client.isReady && inTime(client.ping()).catch(() => {}),
    PING_EVERY_MS,
  )
  pulse.unref()

  const close = async () => {
    closing = true
    if (client.isOpen) reason = CLOSED // otherwise waiting commands keep the reason of the lost connection
    clearInterval(pulse)
    if (client.isReady)
      await Promise.race([client.close(), sleep(REPLY_MS, undefined, { ref: false })])
    client.destroy()
  }
  return { inTime, close }
}

/**
 * Each new connection first kills the one before it at the server (with the right to CLIENT): what timed out there cannot
 * overwrite later writes. By id and address: after a restart of Redis the id alone may be a stranger's.
 */
export function createConnectionTakeover() {
  let before: { id: number; addr: string } | undefined
  const ignore = () => {}
  return (client: Pick<Client, 'on' | 'isReady' | 'sendCommand' | 'clientInfo'>) => {
    const ready = () => {
      if (before) {
        client
          .sendCommand(['CLIENT', 'KILL', 'ID', String(before.id), 'ADDR', before.addr])
          .catch(ignore)
      }
      client.clientInfo().then((own) => {
        before = own
      }, ignore)
    }
    client.on('ready', ready)
    if (client.isReady) ready()
  }
}

/** Logs once when Redis is away, with the first reason, and once when it is back. */
export function createHealth(log: StoreLog, tls: boolean) {
  let state: 'unknown' | 'up' | 'down' = 'unknown'
  return {
    up() {
      if (state !== 'up') log('store.ready', {})
      state = 'up'
    },
    down(error: Error) {
      const maybe = state === 'unknown' ? maybeTls(error, tls) : ''
      if (state !== 'down') log('store.error', { message: plain(error) + maybe })
      state = 'down'
    },
  }
}

/** A first connection may fail because one side expects TLS, which the error does not say. */
function maybeTls({ message }: Error, tls: boolean): string {
  if (/certificate/.test(message)) return '; NODE_EXTRA_CA_CERTS names the file of a CA of your own'
  if (tls && message === 'Connection timeout')
    return '; does it speak TLS, as rediss:// in REDIS_URL says?'
  if (!tls && message === 'Socket closed unexpectedly')
    return '; if it wants TLS, REDIS_URL begins with rediss://'
  return ''
}

/** Whether Redis refused the handshake for a reason that does not pass by itself. */
export function refused(error: Error): boolean {
  return (
    error instanceof ErrorReply && !/^(LOADING|BUSY|MASTERDOWN|ERR max number)/.test(error.message)
  )
}

export function refusal(error: unknown): string {
  const message = error instanceof Error ? plain(error) : String(error)
  if (/^NOAUTH/.test(message))
    return 'asks for a password: put it into the URL, redis://:password@host (of sentinels: …?sentinel_password=…)'
  if (/^WRONGPASS|invalid password/.test(message))
    return 'does not take this user name and password'
  const command = /NOPERM.*?'([\w|]+)' command/i.exec(message)?.[1]
  if (command)
    return `does not let this user run ${command.toUpperCase()}: it needs all commands on keys that begin with cs:`
  if (/unknown command|syntax error/i.test(message))
    return 'is too old: it must be Redis 7.0 or newer'
  return `refuses the connection: ${message}`
}

/** One line, without the arguments that Redis quotes: a password may be among them. */
function plain(error: Error): string {
  const message = error.message || ('code' in error ? String(error.code) : error.name)
  return message.replace(/(, with args|[\r\n]).*/s, '')
}
