// What the soak found: a table, how memory and open files went in the last part, and a picture.
import { slope, sum } from './numbers.ts'
import type { Sample } from './soak-pace.ts'
import { plot } from './svg.ts'

/** The share of the time, at its end, by which is judged: caches are full by then. */
const JUDGED = 0.6
/** Growth within it, as a share, that is none. */
const LEVEL = 0.05
const ROWS = 20

type Figure = keyof Sample['figures']
const JUDGED_FIGURES: Figure[] = ['RSS MB', 'open files']
const DRAWN: Figure[] = ['RSS MB', 'heap MB', 'open files']

interface Outcome {
  machine: string
  fullRate: number
  minutes: string
  done: number
  errors: number
  lastError: string
  missing: number
  refused: number
}

export function report(samples: Sample[], outcome: Outcome): string {
  const { machine, fullRate, minutes, done, errors, lastError, missing, refused } = outcome
  const verdicts = JUDGED_FIGURES.map((figure) => `- ${verdict(samples, figure)}`).join('\n')
  return `# Soak

${machine}.
${minutes} minutes at half of the full rate (${fullRate.toFixed(0)} operations a second; one in ten is a whole dance of somebody
new, the others are warm syncs). ${done} operations, ${errors} errors${errors > 0 ? ` (the last: ${lastError})` : ''};
${missing} pushes missing at the vendor, ${refused} refused.

Over the last ${JUDGED * 100} % of the time:

${verdicts}

${progressTable(samples)}

Keys in Redis by kind. Those that live a minute or so level off; sessions, tokens, intents and the like live for hours
or days and grow with the people who come.

${kindsTable(samples)}

![RSS, heap and open files over time](../docs/growth/soak.svg)
`
}

function verdict(samples: Sample[], figure: Figure): string {
  const judged = samples.slice(Math.floor(samples.length * (1 - JUDGED)))
  const points = judged.map(({ minutes, figures }): [number, number] => [minutes, figures[figure]])
  const perMinute = slope(points)
  const took = (judged.at(-1)?.minutes ?? 0) - (judged[0]?.minutes ?? 0)
  const mean = sum(points.map(([, value]) => value)) / points.length
  const isLevel = perMinute * took <= LEVEL * mean
  return `${figure}: ${isLevel ? 'level' : '**grows**'}, ${perMinute.toFixed(2)} a minute around ${mean.toFixed(0)}`
}

function progressTable(samples: Sample[]): string {
  const names = Object.keys(samples[0]?.figures ?? {})
  const step = Math.ceil(samples.length / ROWS)
  const rows = samples.filter((_, index) => (samples.length - 1 - index) % step === 0)
  return table(
    ['minute', 'done', 'p50 ms', 'p99 ms', ...names],
    rows.map(({ minutes, done, p50, p99, figures }) => [
      minutes.toFixed(1),
      String(done),
      p50.toFixed(1),
      p99.toFixed(1),
      ...Object.values(figures).map((value) => value.toFixed(0)),
    ]),
  )
}

function kindsTable(samples: Sample[]): string {
  const full = samples.flatMap(({ minutes, kinds }) => (kinds ? [{ minutes, kinds }] : []))
  const names = [...new Set(full.flatMap(({ kinds }) => Object.keys(kinds)))].sort()
  return table(
    ['kind', ...full.map(({ minutes }) => `minute ${minutes.toFixed(1)}`)],
    names.map((name) => [name, ...full.map(({ kinds }) => String(kinds[name] ?? 0))]),
  )
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

export function picture(samples: Sample[]): string {
  return plot({
    title: 'Half of the full rate, for long',
    x: { label: 'minutes' },
    y: { label: '' },
    lines: DRAWN.map((name) => ({
      name,
      points: samples.map(({ minutes, figures }): [number, number] => [minutes, figures[name]]),
    })),
  })
}
