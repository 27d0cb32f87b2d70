// A relay before a server of ours: it may be late, it counts the commands that Redis is sent, and it may be told of each message.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { listen } from '../test/support/app/listen.ts'

/** From whom a message is: the app, or the server it talks to. */
export type From = 'app' | 'server'

export type Relay = Awaited<ReturnType<typeof startRelay>>

/**
 * Passes everything on to `port`; what the app sends late by `lateMs`, each by as much, so that what is sent together arrives
 * together. A message that `hears` answers false to goes nowhere, nor does any after it on that connection.
 */
export async function startRelay(port: number, hears: (from: From) => boolean = () => true) {
  const sockets = new Set<Socket>()
  const relay = { port: 0, lateMs: 0, commands: 0, stop }
  const server = createServer({ noDelay: true }, (client) => {
    const target = connect({ port, host: '127.0.0.1', noDelay: true })
    for (const socket of [client, target]) sockets.add(socket.on('error', () => {}))
    const countCommands = commandCounter()
    let isDead = false
    const passes = (from: From) => {
      isDead ||= !hears(from)
      return !isDead
    }
    client.on('data', (piece: Buffer) => {
      if (!passes('app')) return
      relay.commands += countCommands(piece)
      if (relay.lateMs === 0) target.write(piece)
      else setTimeout(() => target.write(piece), relay.lateMs)
    })
    target.on('data', (piece) => void (passes('server') && client.write(piece)))
    client.on('close', () => target.destroy())
    target.on('close', () => client.destroy())
  })
  relay.port = await listen(server)
  return relay

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
}

/** How many commands begin in each next piece of a stream to Redis: arrays of strings, told by their lengths. */
function commandCounter(): (piece: Buffer) => number {
  let rest: Buffer = Buffer.alloc(0)
  let words = 0
  return (piece) => {
    rest = Buffer.concat([rest, piece])
    let [commands, at] = [0, 0]
    for (;;) {
      const end = rest.indexOf('\r\n', at)
      if (end < 0) break
      const length = Number(rest.toString('latin1', at + 1, end))
      const isArray = rest[at] === '*'.charCodeAt(0)
      const next = isArray ? end + 2 : end + 2 + length + 2
      if (next > rest.length || Number.isNaN(length)) break
      if (isArray && words <= 0) commands += 1
      words = isArray ? length : words - 1
      at = next
    }
    rest = rest.subarray(at)
    return commands
  }
}
