// The command `campaign-sync` from the packed package: it speaks HTTP to an app, and says in its exit code how it ended.
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { readArguments, UsageError } from '../../src/cli/arguments.ts'
import { createClient, ProblemError } from '../../src/cli/client.ts'
import { personNeeded } from '../../src/cli/commands.ts'
import { createOutput } from '../../src/cli/output.ts'
import { withPerson } from '../../src/cli/person-needed.ts'
import { freePort } from '../support/app/free-port.ts'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { installPacked, type Packed } from '../support/cli/packed.ts'
import { startRedisServer } from '../support/redis/redis-server.ts'
import { sync } from '../support/scene/authorization.ts'
import { scenes } from '../support/scene/scene.ts'
import { JSON_CALLER } from '../support/scene/script.ts'

const { begin } = scenes('embedded')
let packed: Packed

beforeAll(async () => {
  packed = await installPacked()
}, 60_000)
afterAll(() => packed.remove())

test('a sync needs a person once: exit 3 and the link; then it is done, and once under one key', async () => {
  const { person, vendor, cli } = await started()
  await sync(person, 'C3')
  const words = ['sync', 'C1', '--key', 'nightly-1']
  const first = await cli(words)
  expect([first.code, first.stdout]).toEqual([3, expect.stringContaining('campaign-sync status')])
  await approve(person, linkIn(first.stderr))
  const id = /campaign-sync status (\S+)/.exec(first.stdout)?.[1] ?? ''
  const [standing, again] = await Promise.all([cli(['status', id]), cli(words)])
  for (const { code, stdout } of [standing, again])
    expect([code, stdout]).toEqual([0, expect.stringContaining('Spring launch synced.')])
  expect(vendor.effects('C1')).toBe(1)
}, 30_000)

test('with --wait it goes on when a person has approved: a sync, and a run to its end', async () => {
  const { person, vendor, settings } = await started()
  await sync(person, 'C3')
  const one = packed.start(['sync', 'C1', '--wait', '--json'], settings)
  const run = packed.start(['run', 'C1', 'C2', '--wait'], settings)
  for (const { said } of [one, run]) {
    await expect.poll(() => said.stderr, { timeout: 15_000 }).toContain('handover=')
    await approve(person, linkIn(said.stderr))
  }
  const ended = await Promise.all([one.ended, run.ended])
  expect(ended.map(({ code, stderr }) => [code, stderr.includes('Error')])).toEqual([
    [0, false],
    [0, false],
  ])
  expect(JSON.parse(ended[0]?.stdout ?? '')).toMatchObject({ state: 'settled', status: 'Synced' })
  expect(ended[1]?.stdout).toMatch(/done {2}2 of 2 sent {2}Spring launch and/)
  expect([vendor.effects('C1'), vendor.effects('C2')]).toEqual([2, 1])
}, 40_000)

test('a run of which nothing is new or changed is done', async () => {
  const { person, cli } = await started()
  for (const id of ['C1', 'C2', 'C3', '701Qy00000Ky9PfIAJ']) await sync(person, id)
  const [text, json] = await Promise.all([cli(['run', '--all']), cli(['run', '--all', '--json'])])
  expect([text.code, text.stdout]).toEqual([0, expect.stringMatching(/^Nothing to sync\. /)])
  expect([json.code, JSON.parse(json.stdout)]).toEqual([
    0,
    expect.objectContaining({ code: 'E-UNCHANGED', because: 'unchanged' }),
  ])
}, 30_000)

test('a run of a filter that finds nothing is done too', async () => {
  const { person, cli } = await started()
  await sync(person, 'C1')
  const [text, json] = await Promise.all([
    cli(['run', '--status', 'changed']),
    cli(['run', '--all', '--search', 'no such name', '--json']),
  ])
  expect([text.code, text.stdout]).toEqual([0, expect.stringMatching(/^Nothing to sync\. /)])
  expect([json.code, JSON.parse(json.stdout)]).toEqual([
    0,
    expect.objectContaining({ code: 'E-UNCHANGED', because: 'none' }),
  ])
}, 30_000)

test('npx lists campaigns with how each stands, as text and as JSON', async () => {
  const { person, settings, cli } = await started()
  await sync(person, 'C1')
  const [listed, json, all] = await Promise.all([
    packed.npx(['list'], settings),
    cli(['list', '--json', '--search', 'webinar']),
    cli(['status']),
  ])
  expect(listed.stdout).toMatch(/^ID +STATUS +SYNCED +NAME\n/)
  expect(listed.stdout).toMatch(/\nC1 +Synced +20\d\d-.* Spring launch\n/)
  expect(JSON.parse(json.stdout)).toMatchObject({ found: 1, campaigns: [{ id: 'C2' }] })
  expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining('needs a person') })
}, 30_000)

test('what is wrong is said with what to do, and no secret', async () => {
  const { settings, cli } = await started()
  const wrong = { ...settings, CAMPAIGN_SYNC_TOKEN: `cs_${'x'.repeat(43)}` }
  const nowhere = { ...settings, CAMPAIGN_SYNC_URL: 'http://127.0.0.1:9' }
  const [good, token, away, typing, missing] = await Promise.all([
    cli(['doctor']),
    packed.start(['doctor'], wrong).ended,
    packed.start(['doctor'], nowhere).ended,
    cli(['snyc', 'C1']),
    cli(['sync', 'C9']),
  ])
  expect(good).toMatchObject({ code: 0, stdout: expect.stringContaining('✓ the token is taken') })
  expect(token).toMatchObject({ code: 1, stdout: expect.stringContaining('✗ This API token') })
  expect(away).toMatchObject({ code: 1, stdout: expect.stringContaining('campaign-sync start') })
  expect(typing).toMatchObject({ code: 2, stderr: expect.stringContaining('no command "snyc"') })
  expect(missing).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('This campaign is not here'),
  })
  for (const { stdout, stderr } of [good, token, away, typing, missing])
    expect(stdout + stderr).not.toMatch(/cs_[\w-]{43}/)
}, 30_000)

test.each([
  ['the embedded store', false],
  ['Redis', true],
])(
  'the app itself starts from the package on %s, with its views and the demo vendor',
  async (_, onRedis) => {
    const redis = onRedis ? await startRedisServer() : undefined
    onTestFinished(async () => redis?.stop())
    const [port, demo] = [await freePort(), await freePort()]
    const environment = {
      ...{ PORT: String(port), DEMO_VENDOR_PORT: String(demo), LOG_LEVEL: 'error' },
      ...(redis && { REDIS_URL: redis.url }),
    }
    const { child, said, ended } = packed.start(['start'], environment)
    await expect.poll(() => said.stdout, { timeout: 20_000 }).toContain('Redirect URI')
    const ready = async () => (await fetch(`http://localhost:${port}/readyz`)).status
    await expect.poll(ready, { timeout: 10_000 }).toBe(200) // on a busy machine Redis has its second
    const [list, problems, panel] = await Promise.all([
      fetch(`http://localhost:${port}/campaigns`),
      fetch(`http://localhost:${port}/problems`),
      fetch(`http://localhost:${demo}/panel`),
    ])
    expect([list, problems, panel].map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await problems.text()).toContain('E-APPROVAL')
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 0, stderr: '' })
  },
  40_000,
)

test('what waits for an approver is for a person too: the address of Approvals, and exit 3', async () => {
  const detail = 'This run is above the limit for one person.'
  const about = { code: 'E-APPROVAL', title: 'An approver has to say yes first', detail }
  const problem = { ...about, run: 'r', url: 'https://sync.example/approvals' }
  const notes: string[] = []
  const output = { isTerminal: false, note: (text: string) => void notes.push(text), result() {} }
  const { settings } = await started()
  const client = createClient(settings.CAMPAIGN_SYNC_URL, undefined)
  const send = () => Promise.reject(new ProblemError(problem))
  const outcome = await withPerson(client, output, true, send)
  expect(outcome).toEqual({ personNeeded: problem })
  expect(notes.join()).toContain('https://sync.example/approvals')
  expect('personNeeded' in outcome && personNeeded(output, outcome.personNeeded)).toBe(3)
  await client.close()
})

test('with an older Node it says which one it needs, and in the repository how to get it', () => {
  const older = `Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })`
  const words = ['--import', `data:text/javascript,${older}`, 'bin/campaign-sync.js', '--help']
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  expect(status).toBe(2)
  expect(stderr).toContain('needs Node 24.12 or newer, and this is 20.20.2.')
  expect(stderr).toContain('npx node bin/campaign-sync.js')
})

test('an id that begins as an option does is an id', () => {
  for (const id of [`-${'a'.repeat(31)}`, `--${'a'.repeat(20)}`])
    expect(readArguments(['status', id, '--json'])).toMatchObject({
      command: 'status',
      about: [id],
      options: { json: true },
    })
  expect(() => readArguments(['status', '--colour'])).toThrow(UsageError)
})

test('no name that comes from elsewhere is a command to the terminal', () => {
  const said = vi.spyOn(console, 'log').mockImplementation(() => {})
  const noted = vi.spyOn(console, 'error').mockImplementation(() => {})
  const output = createOutput(false)
  output.result({}, 'C1  \u001b]0;owned\u0007\u001b[2JSpring\r\u009b31m\u202elaunch\nC2  Webinar')
  output.note('Ask\u001b[1A')
  const texts = [said.mock.calls, noted.mock.calls]
  said.mockRestore()
  noted.mockRestore()
  expect(texts).toEqual([[['C1  ]0;owned[2JSpring31mlaunch\nC2  Webinar']], [['Ask[1A']]])
})

test('on a terminal the link is a QR code too', async () => {
  const { settings } = await started()
  const client = createClient(settings.CAMPAIGN_SYNC_URL, settings.CAMPAIGN_SYNC_TOKEN)
  const notes: string[] = []
  const output = { isTerminal: true, note: (text: string) => void notes.push(text), result() {} }
  const outcome = await withPerson(client, output, false, () => client.post('/campaigns/C1/sync'))
  expect([Object.keys(outcome), notes.join()]).toEqual([
    ['personNeeded'],
    expect.stringMatching(/handover=[\s\S]*[▀▄█]{10}/),
  ])
  await client.close()
})

/** An app, somebody in a browser, and the command with a token of its own. */
async function started() {
  const scene = await begin()
  const { person, app } = scene
  const made = await person.post('/tokens', JSON.stringify({ name: 'cli' }), JSON_CALLER)
  const token = String(JSON.parse(made.body).token)
  const settings = { CAMPAIGN_SYNC_URL: app.url, CAMPAIGN_SYNC_TOKEN: token }
  const cli = (words: string[]) => packed.start(words, settings).ended
  return { ...scene, settings, cli }
}

function linkIn(text: string): string {
  return /http\S+handover=\S+/.exec(text)?.[0] ?? ''
}

/** Somebody who had access before approves with one press. */
async function approve(person: Visitor, link: string): Promise<void> {
  const end = await person.click(await person.open(link), 'Approve at Fake Ads')
  expect(end.status).toBe(200)
}
