// `npm run bench:consent [-- --peers | ./adapter.ts …]`: plays every case at each app, says what does not hold, and writes results.md.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Adapter } from './adapter.ts'
import type { Case } from './case.ts'
import { access } from './cases/access.ts'
import { authorization } from './cases/authorization.ts'
import { callback } from './cases/callback.ts'
import { killed } from './cases/killed.ts'
import { lost } from './cases/lost-answer.ts'
import { press } from './cases/press.ts'
import { createPlay, openStage } from './play.ts'

/** The durable peers need what `npm run bench` needs: its modules, PostgreSQL and Redis. */
const PEERS = process.argv.includes('--peers') ? ['bullmq.ts', 'dbos.ts', 'restate.ts'] : []
const OURS = ['campaign-sync.ts', 'textbook-adapter.ts', ...PEERS].map((file) =>
  join(import.meta.dirname, file),
)
const cases: Case[] = [...press, ...authorization, ...callback, ...access, ...lost, ...killed]
const MOST_MS = 60_000

interface Outcome {
  one: Case
  /** Undefined: it holds. */
  fault: string | undefined
}

const given = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const files = given.length > 0 ? given.map((file) => resolve(file)) : OURS
const rows: { name: string; outcomes: Outcome[] }[] = []
for (const file of files) {
  const { adapter }: { adapter: Adapter } = await import(pathToFileURL(file).href)
  rows.push({ name: adapter.name, outcomes: await playAll(adapter) })
}
const text = report()
if (given.length === 0) writeFileSync(join(import.meta.dirname, 'results.md'), text)
else console.log(text)
process.exit(rows[0]?.outcomes.some(({ fault }) => fault !== undefined) ? 1 : 0)

async function playAll(adapter: Adapter): Promise<Outcome[]> {
  const withKeys = cases.filter(({ keys }) => keys !== false)
  const withoutKeys = cases.filter(({ keys }) => keys === false)
  const outcomes = [
    ...(await playThese(adapter, withKeys, true)),
    ...(await playThese(adapter, withoutKeys, false)),
  ]
  return cases.flatMap((one) => outcomes.find((outcome) => outcome.one === one) ?? [])
}

async function playThese(adapter: Adapter, these: Case[], takesKeys: boolean): Promise<Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'consent-bench-'))
  const campaigns = these
    .flatMap((_, index) => [`c${index}`, `c${index}b`])
    .map((id) => ({ id, name: `Campaign ${id}` }))
  const stage = await openStage(adapter, folder, takesKeys, campaigns)
  const outcomes: Outcome[] = []
  for (const [index, one] of these.entries()) {
    const play = createPlay(stage, `c${index}`)
    const fault = await faultOf(one.play(play))
    await play.close()
    outcomes.push({ one, fault })
    console.log(
      `${fault === undefined ? '✓' : '✗'} ${adapter.name}: ${one.area}: ${one.says}${fault ? ` (${fault})` : ''}`,
    )
  }
  await stage.close()
  rmSync(folder, { recursive: true, force: true })
  return outcomes
}

async function faultOf(played: Promise<void>): Promise<string | undefined> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new Error(`no end after ${MOST_MS / 1000} s`)),
    MOST_MS,
  )
  try {
    await Promise.race([played, late.promise])
    return undefined
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0]
  } finally {
    clearTimeout(timer)
  }
}

function report(): string {
  const areas = [...new Set(cases.map(({ area }) => area))]
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const table = [
    line(['app', ...areas, 'all']),
    line(['---', ...areas.map(() => '---'), '---']),
    ...rows.map(({ name, outcomes }) => {
      const count = (area?: string) => {
        const these = outcomes.filter(({ one }) => area === undefined || one.area === area)
        return `${these.filter(({ fault }) => fault === undefined).length} of ${these.length}`
      }
      return line([name, ...areas.map(count), count()])
    }),
  ]
  const faults = rows.flatMap(({ name, outcomes }) =>
    outcomes
      .filter(({ fault }) => fault)
      .map(({ one, fault }) => `- ${name}, ${one.area}: ${one.says}. *${fault}*`),
  )
  const head = `# consent-bench\n\n${new Date().toISOString().slice(0, 10)}, Node ${process.version}. What it is: [README](README.md).`
  return `${[head, table.join('\n'), `What does not hold:\n\n${faults.join('\n') || 'nothing.'}`].join('\n\n')}\n`
}
