// How figures change as things grow: `npm run bench:growth -- [--quick]`. Writes growth.json, growth.md and docs/growth/*.svg.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { atOnce, campaigns, type Part, processes, tokens } from './growth-parts.ts'
import { audit, known, masters, vendors } from './growth-records.ts'
import { describeMachine } from './machine.ts'
import { openScene } from './scene.ts'
import { plot } from './svg.ts'

const PICTURES = join(import.meta.dirname, '..', 'docs', 'growth')

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const seconds = values.quick ? 0.3 : 6

const scene = await openScene()
try {
  const parts: Part[] = []
  const all = [campaigns, tokens, known, audit, vendors, atOnce, processes, masters]
  for (const measure of all) {
    const part = await measure(scene, seconds)
    console.log(section(part))
    parts.push(part)
  }
  write(parts)
} finally {
  await scene.close()
}

function write(parts: Part[]): void {
  const machine = describeMachine()
  const kept = parts.map(({ name, columns, rows }) => ({ name, columns, rows: rows.map(rounded) }))
  mkdirSync(PICTURES, { recursive: true })
  writeFileSync(
    join(import.meta.dirname, 'growth.json'),
    `${JSON.stringify({ machine, parts: kept }, null, 2)}\n`,
  )
  writeFileSync(
    join(import.meta.dirname, 'growth.md'),
    `# Growth\n\n${machine}. ${seconds} s a window.\n\n${parts.map(section).join('\n')}`,
  )
  for (const part of parts)
    for (const [index, names] of part.drawn.entries())
      writeFileSync(join(PICTURES, pictureOf(part, index)), draw(part, names))
}

function section(part: Part): string {
  const row = (cells: unknown[]) => `| ${cells.join(' | ')} |\n`
  const rows = part.rows.map((cells) => row(rounded(cells)))
  const table = row(part.columns) + row(part.columns.map(() => '---')) + rows.join('')
  const pictures = part.drawn.map(
    (names, index) =>
      `\n![${part.title}: ${names.join(', ')}](../docs/growth/${pictureOf(part, index)})\n`,
  )
  return `## ${part.title}\n\n${part.note}\n\n${table}${pictures.join('')}`
}

function rounded(values: number[]): number[] {
  return values.map((value) => Number(value.toPrecision(3)))
}

function pictureOf(part: Part, index: number): string {
  return index === 0 ? `${part.name}.svg` : `${part.name}-${index + 1}.svg`
}

function draw({ title, columns, rows }: Part, names: string[]): string {
  const lines = names.map((name) => ({
    name,
    points: rows.map((row): [number, number] => [row[0] ?? 0, row[columns.indexOf(name)] ?? 0]),
  }))
  const unit = names[0]?.split(' ').at(-1) ?? ''
  return plot({ title, x: { label: columns[0] ?? '', log: true }, y: { label: unit }, lines })
}
