// Where notices go, for tests: a server that takes webhooks, and a real mail server.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { listen } from './listen.ts'

/** Takes what is posted; to `/hook` it says `statuses` one after the other, then 200, and 200 to all else. */
export async function startWebhook() {
  const server = createServer()
  const got: { path: string; headers: IncomingHttpHeaders; body: string }[] = []
  const statuses: number[] = []
  server.on('request', async (req, res) => {
    const body = await text(req)
    got.push({ path: req.url ?? '', headers: req.headers, body })
    const status = req.url === '/hook' ? statuses.shift() : undefined
    res.writeHead(status ?? 200).end('ok')
  })
  const url = `http://127.0.0.1:${await listen(server)}`
  return {
    url,
    got,
    statuses,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** Lets in who has the password. */
export async function startMailServer(password: string) {
  const mails: { to: string[]; text: string }[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) =>
      auth.password === password ? done(null, { user: auth.username }) : done(new Error('no')),
    onData(stream, { envelope }, done) {
      text(stream).then((mail) => {
        mails.push({ to: envelope.rcptTo.map(({ address }) => address), text: mail })
        done()
      }, done)
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://sync:${encodeURIComponent(password)}@127.0.0.1:${port}`,
    mails,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
