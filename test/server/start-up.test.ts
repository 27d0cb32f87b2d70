// The real process at its start: what it prints, and how it gives up.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startProcess, startToFail } from '../support/app/app-process.ts'
import { freePort } from '../support/app/free-port.ts'
import { listen } from '../support/app/listen.ts'
import { type Environment, prepare } from '../support/app/setup.ts'
import { scenes } from '../support/scene/scene.ts'

async function giveUp(environment: Environment) {
  const setup = prepare({ vendors: [] })
  try {
    return await startToFail(setup, { DATA_DIR: setup.environment.DATA_DIR ?? '', ...environment })
  } finally {
    setup.remove()
  }
}

/** Knocks until told to stop; true when somebody ever opened. */
async function everOpen(port: number, ended: Promise<unknown>): Promise<boolean> {
  let over = false
  let opened = false
  const end = ended.finally(() => {
    over = true
  })
  while (!over) {
    const socket = connect(port, '127.0.0.1')
    opened ||= await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
      end.then(() => false),
    ]).catch(() => false)
    socket.destroy()
    await wait(5)
  }
  return opened
}

test('a newcomer without any setting sees the URL, the store, the vendor, the redirect URI, and how long access lasts', async () => {
  const [port, vendorPort] = [await freePort(), await freePort()]
  const setup = prepare({
    vendors: [],
    environment: { DEMO_VENDOR_PORT: String(vendorPort), LOG_LEVEL: 'fatal' },
  })
  for (const name of ['SESSION_SECRET', 'ENCRYPTION_KEYS']) delete setup.environment[name]
  const app = await startProcess(setup, { port })
  try {
    for (const line of [
      `http://localhost:${port}/campaigns`,
      'embedded, ',
      'Acme Ads, access lasts 900 s',
      `http://localhost:${port}/oauth/demo/callback`,
      `http://localhost:${vendorPort}`,
    ])
      expect(app.stdout()).toContain(line)
    expect(app.stderr()).toBe('')
    expect(await app.kill('SIGTERM')).toBe(0)
  } finally {
    await app.kill('SIGKILL')
    setup.remove()
  }
})

describe('giving up', () => {
  const { set } = scenes('embedded')

  test('tells every bad setting in a line of its own, without its value, within 5 s, and never listens', async () => {
    const port = await freePort()
    const secret = 'hunter2hunter2'
    const ending = giveUp({
      PORT: String(port),
      PUBLIC_URL: 'x',
      SESSION_SECRET: secret,
      ENCRYPTION_KEYS: secret,
      TRUST_PROXY: 'yes',
      LOG_LEVEL: 'loud',
    })
    expect(await everOpen(port, ending)).toBe(false)
    const { code, stdout, stderr, ms } = await ending
    expect(code).toBe(1)
    expect(ms).toBeLessThan(15_000) // 5 s on a machine that does nothing else
    expect(stdout).toBe('')
    const lines = stderr.trim().split('\n')
    expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual([
      'ENCRYPTION_KEYS',
      'LOG_LEVEL',
      'PUBLIC_URL',
      'SESSION_SECRET',
      'TRUST_PROXY',
    ])
    expect(stderr).not.toContain(secret)
  })

  test('a HOST that is not this machine’s is said in one line, and PORT is not blamed', async () => {
    for (const HOST of ['203.0.113.9', 'not_a_host']) {
      const ports = { PORT: String(await freePort()), DEMO_VENDOR_PORT: String(await freePort()) }
      const { code, stderr } = await giveUp({ ...ports, HOST, LOG_LEVEL: 'fatal' })
      expect([code, stderr]).toEqual([1, `HOST: ${HOST} is no address of this machine\n`])
    }
  })

  test('a port that is taken is said in one line', async () => {
    const taken = createServer()
    const port = await listen(taken)
    const free = await freePort()
    const app = await giveUp({
      PORT: String(port),
      DEMO_VENDOR_PORT: String(free),
      LOG_LEVEL: 'fatal',
    })
    const demo = await giveUp({
      PORT: String(free),
      DEMO_VENDOR_PORT: String(port),
      LOG_LEVEL: 'fatal',
    })
    taken.close()
    expect([app.code, app.stderr]).toEqual([
      1,
      `PORT: port ${port} is taken. Stop what uses it, or set PORT to another.\n`,
    ])
    expect([demo.code, demo.stderr]).toEqual([
      1,
      expect.stringMatching(new RegExp(`^DEMO_VENDOR_PORT: port ${port} is taken\\..*\\n$`)),
    ])
  })

  test('a folder that another process uses is said in one line, and the other goes on', async () => {
    const { setup, startProcess } = await set()
    const first = await startProcess()
    const second = await startToFail(setup, {
      ...setup.environment,
      PORT: String(await freePort()),
      PUBLIC_URL: 'http://localhost:1',
    })
    expect(second.code).toBe(1)
    expect(second.stderr.trim().split('\n')).toEqual([
      expect.stringContaining('is in use by another process'),
    ])
    expect((await fetch(`${first.origin}/healthz`)).status).toBe(200)
  })

  test('a Redis that refuses us and a campaign file that is broken are said plainly', async () => {
    const broken = await giveUp({
      PORT: String(await freePort()),
      CAMPAIGNS: '/nowhere/campaigns.csv',
      LOG_LEVEL: 'fatal',
    })
    expect(broken.code).toBe(1)
    expect(broken.stderr).toContain('/nowhere/campaigns.csv')
    expect(broken.stderr).not.toMatch(/\n\s+at /)
  })
})
