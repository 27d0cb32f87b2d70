// `npm start` runs the server in a shell that passes no signal on: the server stops when that shell is gone.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '../support/app/free-port.ts'
import { prepare } from '../support/app/setup.ts'

const ENTRY = join(import.meta.dirname, '..', '..', 'src', 'server.ts')

test('when npm is told to stop, the server stops in good order', async () => {
  const setup = prepare({ vendors: [] })
  const env = {
    ...setup.environment,
    PATH: process.env.PATH,
    PORT: String(await freePort()),
    DEMO_VENDOR_PORT: String(await freePort()),
    npm_lifecycle_event: 'start',
  }
  // The colon keeps the shell from becoming the server itself.
  const shell = spawn('sh', ['-c', `"${process.execPath}" "${ENTRY}"; :`], {
    cwd: setup.folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  shell.stdout.setEncoding('utf8')
  for await (const chunk of shell.stdout.iterator({ destroyOnReturn: false })) {
    text += chunk
    if (text.includes('Demo vendor')) break
  }
  expect(text).toContain('Demo vendor')
  const silent = once(shell.stdout.resume(), 'close') // the server holds the other end until it has ended
  shell.kill('SIGTERM')
  await silent
  setup.remove()
})
