// A TCP relay that can keep back what clients have sent, as a network in trouble does, and deliver it later.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { listen } from '../app/listen.ts'

/** Relays to `port` of 127.0.0.1. */
export async function startRelay(port: number) {
  const links = new Set<{ upstream: Socket; kept: Buffer[] | undefined }>()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    const link: { upstream: Socket; kept: Buffer[] | undefined } = { upstream, kept: undefined }
    links.add(link)
    client.on(
      'data',
      (chunk) => void (link.kept?.push(Buffer.from(chunk)) ?? upstream.write(chunk)),
    )
    client.on('close', () => link.kept ?? upstream.end())
    client.on('error', () => {})
    upstream.on('error', () => {})
    upstream.on('data', (chunk) => client.write(chunk))
    upstream.on('close', () => client.destroy())
  })
  const own = await listen(server)
  return {
    port: own,
    /** From now on keeps what the present connections send; new connections are free. */
    hold() {
      for (const link of links) link.kept = []
    },
    /** Delivers what was kept, and resolves when the far end has taken it or is gone. */
    async release() {
      for (const { upstream, kept } of links) {
        if (!kept) continue
        if (!upstream.destroyed) upstream.end(Buffer.concat(kept))
        if (!upstream.closed) await once(upstream, 'close')
      }
    },
    async stop() {
      for (const { upstream } of links) upstream.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
