// The real app with its demo vendor, as a process of its own, for scripts that look at its pages.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from '../test/support/app/free-port.ts'

/** Starts it in `folder`, with access for an hour and these settings beside; ready when it resolves. */
export async function startDemo(folder: string, settings: Record<string, string>) {
  const [port, acmePort] = [await freePort(), await freePort()]
  const server = spawn(process.execPath, [join(import.meta.dirname, '..', 'src', 'server.ts')], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      DEMO_VENDOR_PORT: String(acmePort),
      DEMO_TOKEN_SECONDS: '3600',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(server, 'exit')
  await Promise.race([once(server.stdout, 'data'), ended])
  return {
    app: `http://localhost:${port}`,
    acme: `http://localhost:${acmePort}`,
    async stop(): Promise<void> {
      server.kill('SIGTERM')
      await ended
    },
  }
}
