// Keeps one Redis connection honest: a deadline per command, a fence against late ones, news of its health.
import { setTimeout as sleep } from 'node:timers/promises'
import { DisconnectsClientError, ErrorReply } from 'redis'
import type { Client } from './client.ts'

/** A command without an answer for this long fails, and the connection is given up. */
export const REPLY_MS = 1_000
/** An idle connection that a firewall has dropped is found by a PING before a visitor finds it. */
const PING_EVERY_MS = 3_000
const CLOSED = 'the store is closed'

export type StoreLog = (event: string, fields: object) => void

/**
 * Gives each command a deadline for its answer. node-redis has none: its `timeout` ends when the command is
 * written, and its `socketTimeout` starts again with every write, so it never fires while there is traffic.
 * `again` makes the next connection after one was given up.
 */
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

  /** Rejects all that waits on the connection and makes a new one. */
  const reconnect = (error: Error) => {
    if (closing || !client.isReady) return
    reason = error.message
    down(error)
    client.destroy()
    again().catch(() => {})
  }

  const inTime = async <T>(reply: Promise<T>): Promise<T> => {
    let waiting = true
    const silent = () =>
      waiting && reconnect(new Error(`Redis did not answer within ${REPLY_MS} ms`))
    // By way of setImmediate: after a long pause of this process the answer may be there, only unread.
    const late = setTimeout(() => setImmediate(silent), REPLY_MS)
    try {
      return await reply
    } catch (error) {
      if (error instanceof DisconnectsClientError) throw new Error(reason)
      // What was a primary is a replica now, and its address may lead to the new primary.
      const replica = error instanceof ErrorReply && error.message.startsWith('READONLY')
      if (replica && performance.now() - readySince > REPLY_MS) reconnect(error)
      throw error
    } finally {
      waiting = false
      clearTimeout(late)
    }
  }
  const pulse = setInterval(
    () => client.isReady && inTime(client.ping()).catch(() => {}),
    PING_EVERY_MS,
  )
  pulse.unref()

  /** Waits for the commands under way, but not for a Redis that is silent. */
  const close = async () => {
    closing = true
    if (client.isOpen) reason = CLOSED // else what was given up is still being told why
    clearInterval(pulse)
    if (client.isReady)
      await Promise.race([client.close(), sleep(REPLY_MS, undefined, { ref: false })])
    client.destroy()
  }
  return { inTime, close }
}

/**
 * Before anything else, each new connection ends the one before it at the server. So a command that was given
 * up, and still waits somewhere on the way, cannot overwrite what is written from now on. A Redis that refuses
 * CLIENT to us works without the fence, and so does a connection that broke before its first answer. Asking
 * for the address as well keeps strangers' connections alive.
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

/** Says once that Redis is gone, with the first reason, and once that it is back. `tls`: the URL asks for it. */
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

/** Of a first connection that fails: what about TLS may be the reason, where the error does not say so. */
function maybeTls({ message }: Error, tls: boolean): string {
  if (/certificate/.test(message)) return '; NODE_EXTRA_CA_CERTS names the file of a CA of your own'
  if (tls && message === 'Connection timeout')
    return '; does it speak TLS, as rediss:// in REDIS_URL says?'
  if (!tls && message === 'Socket closed unexpectedly')
    return '; if it wants TLS, REDIS_URL begins with rediss://'
  return ''
}

/** Redis itself said no to the handshake, for a reason that waiting does not cure. */
export function refused(error: Error): boolean {
  return (
    error instanceof ErrorReply && !/^(LOADING|BUSY|MASTERDOWN|ERR max number)/.test(error.message)
  )
}

/** Why, in words that say what to do. */
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

/** One line. Redis quotes the arguments of a command it does not know, the password of a handshake among them. */
function plain(error: Error): string {
  const message = error.message || ('code' in error ? String(error.code) : error.name)
  return message.replace(/(, with args|[\r\n]).*/s, '')
}
