// A TCP proxy with faults that are switched on and off: between app and Redis, and between app and vendor.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { listen } from '../app/listen.ts'
import { createCommandReader } from './resp.ts'

/** What is done to bytes on their way; may be changed while connections are open. */
interface Faults {
  /** ms that every piece is late, in both directions. */
  latencyMs?: number
  /** Pieces of so many bytes, so many ms apart. */
  slice?: { bytes: number; everyMs: number }
  /** The answers of a connection end with FIN after so many bytes in all. */
  cutAfter?: number
  /** The answers of a connection end with RST after so many bytes in all. */
  resetAfter?: number
  /** ms between the end of one side and its being told to the other. */
  slowCloseMs?: number
  /** Written to each new connection, which is then closed. */
  greeting?: string
  /** Of commands to Redis: what is answered in their stead, or undefined to let one pass. */
  command?: (words: string[]) => string | undefined | Promise<string | undefined>
}

export type FaultProxy = Awaited<ReturnType<typeof startFaultProxy>>

/** Stands before `port` of 127.0.0.1, on a port of its own. */
export async function startFaultProxy(port: number) {
  const faults: Faults = {}
  const links = new Set<{ client: Socket; upstream: Socket }>()
  const counts = { connections: 0, commands: 0 }
  let target = port
  let frozen: { over: Promise<void>; thaw: () => void } | undefined

  const server = createServer({ allowHalfOpen: true }, (client) => {
    counts.connections += 1
    client.on('error', () => {})
    if (faults.greeting !== undefined)
      return void client.resume().end(faults.greeting, () => client.destroy())
    const upstream = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true })
    const link = { client, upstream }
    links.add(link)
    upstream.on('error', () => {})
    for (const socket of [client, upstream]) socket.setNoDelay(true)
    Promise.all([pump(client, upstream, up(client)), pump(upstream, client, answers(client))])
      .catch(() => {})
      .finally(() => {
        for (const socket of [client, upstream]) socket.destroy()
        links.delete(link)
      })
  })

  async function pump(
    from: Socket,
    to: Socket,
    pass: (piece: Buffer, to: Socket) => Promise<void>,
  ) {
    from.once('close', () => from.readableEnded || to.destroy())
    for await (const piece of from) {
      await frozen?.over
      if (faults.latencyMs) await wait(faults.latencyMs)
      await pass(piece, to)
    }
    if (faults.slowCloseMs) await wait(faults.slowCloseMs)
    to.end()
  }

  async function inSlices(piece: Buffer, to: Socket): Promise<void> {
    const { bytes, everyMs } = faults.slice ?? { bytes: piece.length, everyMs: 0 }
    for (let at = 0; at < piece.length; at += bytes) {
      if (!to.write(piece.subarray(at, at + bytes)))
        await Promise.race([once(to, 'drain'), once(to, 'close')])
      if (everyMs > 0) await wait(everyMs)
    }
  }

  /** Towards the server: command by command while somebody listens to them. */
  function up(client: Socket) {
    const read = createCommandReader()
    return async (piece: Buffer, to: Socket) => {
      if (!faults.command) return inSlices(piece, to)
      for (const { words, bytes } of read(piece)) {
        counts.commands += 1
        const instead = await faults.command?.(words)
        if (client.destroyed) return
        if (instead === undefined) await inSlices(bytes, to)
        else client.write(instead)
      }
    }
  }

  function answers(client: Socket) {
    let sent = 0
    return async (piece: Buffer, to: Socket) => {
      const most = faults.cutAfter ?? faults.resetAfter ?? Number.POSITIVE_INFINITY
      await inSlices(piece.subarray(0, Math.max(0, most - sent)), to)
      sent += piece.length
      if (sent < most) return
      if (faults.resetAfter !== undefined) client.resetAndDestroy()
      else client.end()
    }
  }

  /** RST to both sides of every open connection. */
  const reset = () => {
    for (const { client, upstream } of links)
      for (const one of [client, upstream]) one.resetAndDestroy()
  }
  const own = await listen(server)

  return {
    port: own,
    url: `redis://127.0.0.1:${own}`,
    origin: `http://127.0.0.1:${own}`,
    faults,
    counts,
    open: () => links.size,
    reset,
    /** Everybody is let through unharmed again. */
    heal() {
      for (const name of Object.keys(faults)) Reflect.deleteProperty(faults, name)
    },
    /** From now on it stands before another port; open connections end. */
    leadTo(other: number) {
      target = other
      reset()
    },
    /** Connections stay, and nothing passes. */
    freeze() {
      const { promise, resolve } = Promise.withResolvers<void>()
      frozen = { over: promise, thaw: resolve }
    },
    thaw() {
      frozen?.thaw()
      frozen = undefined
    },
    /** Connections end with RST and new ones are refused. */
    async down() {
      const closed = once(server, 'close')
      server.close()
      reset()
      await closed
    },
    up: () => listen(server, own),
    async stop() {
      frozen?.thaw()
      reset()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}
