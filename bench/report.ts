// The tables of the benchmark, and our goals beside what we reached, as Markdown.
import { type Measured, middle, nameOf, type Pick, ratio, row, short } from './compare.ts'
import { goals } from './goals.ts'
import { sum } from './numbers.ts'

/** Speed, size, goals, and what was sent; one app a row. */
export function tables(all: Measured[]): string {
  const floor = all.find(({ name }) => name === nameOf.floor)
  return [
    `## Speed\n\n${speed(all, floor)}`,
    '× raw: the median of the ratios within a round. CPU: of the app, and with Redis and its engine.',
    `## Size and distance\n\n${size(all)}`,
    'Waits: Redis round trips one after another; sent: commands, not those inside scripts; run: those too, under load. Far: ms of one sync at a time with Redis 1 ms away (PostgreSQL and Restate stay near). RSS: the app, and with Redis and its engine. Ours has 100 campaigns at the start and 2,000 under load; peers have none.',
    `## Goals\n\n${goals(all)}`,
    `## Redis commands run, for one operation\n\n${commandList(all)}`,
    `## Shares of a core\n\nThe app, and what it is measured with (Redis, engine, vendor, driver). Near 1 that is the limit.\n\n${shares(all)}`,
  ].join('\n\n')
}

function speed(all: Measured[], floor: Measured | undefined): string {
  const head = 'app | warm/s | × raw | CPU µs | × raw | all CPU µs | p50 / p99 ms'
  const dance = 'dances/s | × raw | CPU µs | × raw | all CPU µs | p50 / p99 ms'
  return table(`${head} | ${dance}`, all, (one) => {
    const of = (pick: Pick, digits = 0) => middle(one, pick).toFixed(digits)
    const beside = (pick: Pick) => (floor ? ratio(one, floor, pick).toFixed(2) : '–')
    return (['warm', 'dance'] as const).flatMap((kind) => [
      of((figures) => figures[kind].rate),
      beside((figures) => figures[kind].rate),
      of((figures) => figures[kind].cpu),
      beside((figures) => figures[kind].cpu),
      of((figures) => figures[kind].cpuAll),
      `${of((figures) => figures[kind].p50, 1)} / ${of((figures) => figures[kind].p99, 1)}`,
    ])
  })
}

function size(all: Measured[]): string {
  const head = 'app | start ms | RSS MB idle / loaded | all RSS MB | bytes a session'
  return table(`${head} | warm: waits, sent, run | dance | far ms`, all, (one) => {
    const of = (pick: Pick) => middle(one, pick).toFixed(0)
    const asked = (kind: 'warm' | 'dance') => {
      const { waits, sent } = one.trips[kind]
      const run = middle(one, (figures) => sum(Object.values(figures[kind].calls)))
      return `${waits}, ${short(sent)}, ${short(run)}`
    }
    return [
      of((figures) => figures.startMs),
      `${of((figures) => figures.idleMb)} / ${of((figures) => figures.loadedMb)}`,
      of((figures) => figures.allMb),
      of((figures) => figures.bytes),
      asked('warm'),
      asked('dance'),
      one.trips.farMs.toFixed(1),
    ]
  })
}

/** Each app's Redis commands by kind, of the last round. */
function commandList(all: Measured[]): string {
  const list = (calls: Record<string, number>) =>
    Object.entries(calls)
      .map(([name, count]) => `${Number(count.toFixed(2))} ${name}`)
      .join(', ')
  const lines = all.flatMap(({ name, rounds }) => {
    const last = rounds.at(-1)
    return last ? [`- ${name}: warm ${list(last.warm.calls)}; dance ${list(last.dance.calls)}`] : []
  })
  return lines.join('\n')
}

function shares(all: Measured[]): string {
  const share = (one: Measured, kind: 'warm' | 'dance') => {
    const [app, rest] = (['appShare', 'restShare'] as const).map((name) =>
      middle(one, (figures) => figures[kind][name]).toFixed(2),
    )
    return `${kind} ${app} and ${rest}`
  }
  return all.map((one) => `- ${one.name}: ${share(one, 'warm')}; ${share(one, 'dance')}`).join('\n')
}

function table(head: string, all: Measured[], cells: (one: Measured) => string[]): string {
  const columns = head.split(' | ')
  const rows = all.map((one) => row([one.name, ...cells(one)]))
  return [row(columns), row(columns.map(() => '---')), ...rows].join('\n')
}
