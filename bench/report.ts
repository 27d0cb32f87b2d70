// The table of the benchmark, and our goals beside what we reached, as Markdown.
import type { Figures } from './measure.ts'
import { median, sum } from './numbers.ts'
import type { roundTrips } from './round-trips.ts'

/** One app: all its rounds, each with the raw run right before it. */
export interface Measured {
  name: string
  rounds: { figures: Figures; floor: Figures }[]
  trips: Awaited<ReturnType<typeof roundTrips>>
}

type Pick = (figures: Figures) => number

const HEAD =
  'app | warm/s | × raw | CPU µs | × raw | p50 / p99 ms | dances/s | × raw | CPU µs | × raw | p50 / p99 ms | start ms | RSS MB idle / loaded | bytes a session | Redis commands, waits: warm | dance'

export function table(all: Measured[]): string {
  const columns = HEAD.split(' | ')
  return [row(columns), row(columns.map(() => '---')), ...all.map((one) => row(cells(one)))].join(
    '\n',
  )
}

function cells(one: Measured): string[] {
  const of = (pick: Pick, digits = 0) => middle(one, pick).toFixed(digits)
  const load = (kind: 'warm' | 'dance') => [
    of((figures) => figures[kind].rate),
    ratio(one, (figures) => figures[kind].rate).toFixed(2),
    of((figures) => figures[kind].cpu),
    ratio(one, (figures) => figures[kind].cpu).toFixed(2),
    `${of((figures) => figures[kind].p50, 1)} / ${of((figures) => figures[kind].p99, 1)}`,
  ]
  return [
    one.name,
    ...load('warm'),
    ...load('dance'),
    of((figures) => figures.startMs),
    `${of((figures) => figures.idleMb)} / ${of((figures) => figures.loadedMb)}`,
    of((figures) => figures.bytes),
    `${of((figures) => commands(figures.warm.calls), 1)}, ${one.trips.warm}`,
    `${of((figures) => commands(figures.dance.calls), 1)}, ${one.trips.dance}`,
  ]
}

/** What a goal of ours says, the figure, and whether it is reached. */
export function goals(ours: Measured, peers: Measured[]): string {
  const least = (pick: Pick) => Math.min(...peers.map((peer) => middle(peer, pick)))
  const lines = [
    goal(
      'warm rate, of raw',
      ratio(ours, (one) => one.warm.rate),
      0.55,
      'least',
    ),
    goal(
      'dance rate, of raw',
      ratio(ours, (one) => one.dance.rate),
      0.4,
      'least',
    ),
    goal(
      'CPU of a warm sync, of raw',
      ratio(ours, (one) => one.warm.cpu),
      2,
      'most',
    ),
    goal(
      'CPU of a dance, of raw',
      ratio(ours, (one) => one.dance.cpu),
      2.8,
      'most',
    ),
    goal('waits for Redis in a warm sync', ours.trips.warm, 2, 'most'),
    goal(
      'bytes a session',
      middle(ours, (one) => one.bytes),
      1_200,
      'most',
    ),
  ]
  if (peers.length > 0) {
    const memory: Pick = (one) => one.loadedMb
    const start: Pick = (one) => one.startMs
    lines.push(
      goal('RSS MB loaded, best peer + 10 %', middle(ours, memory), least(memory) * 1.1, 'most'),
    )
    lines.push(goal('start ms, 1.3 × best peer', middle(ours, start), least(start) * 1.3, 'most'))
  }
  return [row(['goal', 'at', 'ours', 'reached']), row(['---', '---', '---', '---']), ...lines].join(
    '\n',
  )
}

function goal(name: string, value: number, bound: number, kind: 'least' | 'most'): string {
  const isReached = kind === 'least' ? value >= bound : value <= bound
  return row([name, `${kind} ${short(bound)}`, short(value), isReached ? 'yes' : '**no**'])
}

/** Each app's Redis commands by kind, of the last round. */
export function commandList(all: Measured[]): string {
  const list = (calls: Record<string, number>) =>
    Object.entries(calls)
      .map(([name, count]) => `${Number(count.toFixed(2))} ${name}`)
      .join(', ')
  return all
    .flatMap(({ name, rounds }) => {
      const last = rounds.at(-1)?.figures
      return last
        ? [`- ${name}: warm ${list(last.warm.calls)}; dance ${list(last.dance.calls)}`]
        : []
    })
    .join('\n')
}

/** How busy the app was, and how busy everything it was measured with. */
export function shares(all: Measured[]): string {
  const share = (one: Measured, kind: 'warm' | 'dance') => {
    const [app, rest] = (['appShare', 'restShare'] as const).map((name) =>
      middle(one, (figures) => figures[kind][name]).toFixed(2),
    )
    return `${kind} ${app} and ${rest}`
  }
  return all.map((one) => `- ${one.name}: ${share(one, 'warm')}; ${share(one, 'dance')}`).join('\n')
}

/** The floor as an app of its own. */
export function floorOf(all: Measured[], trips: Measured['trips']): Measured {
  const rounds = all.flatMap((one) => one.rounds.map(({ floor }) => ({ figures: floor, floor })))
  return { name: 'raw', rounds, trips }
}

function middle({ rounds }: Measured, pick: Pick): number {
  return median(rounds.map(({ figures }) => pick(figures)))
}

function ratio({ rounds }: Measured, pick: Pick): number {
  return median(rounds.map(({ figures, floor }) => pick(figures) / pick(floor)))
}

function commands(calls: Record<string, number>): number {
  return sum(Object.values(calls))
}

function short(value: number): string {
  return value < 10 ? String(Number(value.toFixed(2))) : value.toFixed(0)
}

function row(cells: string[]): string {
  return `| ${cells.join(' | ')} |`
}
