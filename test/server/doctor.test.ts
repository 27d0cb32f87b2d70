// `npm run doctor`: what is wrong is said, with the setting to change; what is good is said too.
import { createServer } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { probeRedis } from '../../src/server/check-config.ts'
import { diagnose } from '../../src/server/doctor.ts'
import { adviceFrom } from '../../src/store/redis/advice.ts'
import { freePort } from '../support/app/free-port.ts'
import { listen } from '../support/app/listen.ts'
import { prepare } from '../support/app/setup.ts'

const setup = prepare({ vendors: [] })
afterAll(() => setup.remove())

async function findings(environment: Record<string, string>, inFile: string[] = []) {
  const all = { ...setup.environment, PORT: String(await freePort()), ...environment }
  return (await diagnose(all, inFile)).map(({ verdict, text }) => `${verdict}: ${text}`)
}

/** A server that says the same to whoever speaks to it. */
async function startSaying(reply: string) {
  const server = createServer((socket) => {
    socket.on('data', () => socket.write(reply))
    socket.on('error', () => {})
  })
  return { port: await listen(server), close: () => server.close() }
}

test('a sound installation has nothing but good findings', async () => {
  const said = await findings({})
  expect(said).toHaveLength(4)
  for (const line of said) expect(line).toMatch(/^good: /)
})

test('faults of settings are all told, with names that nobody reads', async () => {
  expect(await findings({ PORT: 'x', LOG_LEVEL: 'loud', REDIS_URI: 'x' })).toEqual([
    'wrong: PORT must be a whole number from 1 to 65535',
    'wrong: LOG_LEVEL must be one of fatal, error, warn, info, debug, silent',
    'doubtful: REDIS_URI is no setting; did you mean "REDIS_URL"?',
  ])
})

test('an address that is not ours, a port that is taken, and a file that is broken are wrong', async () => {
  expect(await findings({ HOST: '192.0.2.1' })).toContain(
    'wrong: HOST: 192.0.2.1 is no address of this machine',
  )
  const other = await startSaying('no')
  const said = await findings({ PORT: String(other.port), CAMPAIGNS: import.meta.filename })
  other.close()
  expect(said.filter((line) => line.startsWith('wrong: '))).toHaveLength(2)
  expect(said.join()).toContain(`PORT: port ${other.port} is taken`)
})

test('settings that do not fit to each other are doubtful', async () => {
  const https = await findings({ PUBLIC_URL: 'https://sync.example.com' })
  expect(https.join()).toContain('set TRUST_PROXY=1')
  expect((await findings({ HOST: '0.0.0.0' })).join()).toContain('only this machine can sync')
})

test('a Redis that is away may come back; one that does not take the password refuses', async () => {
  const away = await probeRedis(`redis://127.0.0.1:${await freePort()}`)
  expect([away.state, away.text]).toEqual(['away', expect.stringContaining('ECONNREFUSED')])
  const strict = await startSaying('-WRONGPASS invalid username-password pair\r\n')
  const refused = await probeRedis(`redis://ann:s3cret@127.0.0.1:${strict.port}`)
  strict.close()
  expect(refused).toEqual({
    state: 'refuses',
    text: `Redis at 127.0.0.1:${strict.port} does not take this user name and password`,
  })
})

test('of a Redis that drops or forgets keys it is said what to set', () => {
  const lines = ['# Memory', 'maxmemory_policy:allkeys-lru', '# Persistence', 'aof_enabled:0', '']
  const said = adviceFrom(lines.join('\r\n'))
  expect(said.map((line) => line.slice(line.lastIndexOf('set ')))).toEqual([
    'set noeviction',
    'set appendonly yes',
  ])
  expect(adviceFrom('maxmemory_policy:noeviction\r\naof_enabled:1\r\n')).toEqual([])
})
