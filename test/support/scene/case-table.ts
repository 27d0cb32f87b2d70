// The table of cases: which are proven by tests that ran, which do not apply and why, which are open.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const DATA = join(import.meta.dirname, '..', '..', 'data')
const read = (name: string): unknown => JSON.parse(readFileSync(join(DATA, name), 'utf8'))

const caseSchema = z.object({
  id: z.string().regex(/^[A-Z]{3}-\d\d$/),
  group: z.string(),
  given: z.string(),
  when: z.string(),
  outcome: z.string(),
  severity: z.string(),
})
type Case = z.infer<typeof caseSchema>

/** By id: the file and the beginning of the title of a test with another name that proves the case. */
const elsewhereSchema = z.record(z.string(), z.object({ file: z.string(), title: z.string() }))

/** A test that ran. */
export interface Ran {
  /** Relative to the root, like test/web/tabs.test.ts. */
  file: string
  /** Without those of its describe blocks. */
  title: string
  passed: boolean
}

type Standing =
  | { is: 'proven' | 'failed'; by: string }
  | { is: 'not applicable'; why: string }
  | { is: 'open' }

/** The ids in front of a title: `STA-01: …` or `STA-01, STA-06: …`. */
function idsOf(title: string): string[] {
  return /^((?:[A-Z]{3}-\d\d(?:, )?)+): /.exec(title)?.[1]?.split(', ') ?? []
}

/** How each case stands after these tests ran. A case with several tests is proven when all of them passed. */
export function standings(ran: Ran[]): Map<Case, Standing> {
  const cases = z.array(caseSchema).parse(read('cases.json'))
  const elsewhere = elsewhereSchema.parse(read('proven-elsewhere.json'))
  const reasons = z.record(z.string(), z.string()).parse(read('not-applicable.json'))
  return new Map(cases.map((one) => [one, standing(one.id)]))

  function standing(id: string): Standing {
    const { file, title = '' } = elsewhere[id] ?? {}
    const tests = ran.filter(
      (test) =>
        idsOf(test.title).includes(id) || (test.file === file && test.title.startsWith(title)),
    )
    const by = [...new Set(tests.map((test) => test.file))].join(', ')
    if (tests.length > 0)
      return { is: tests.every(({ passed }) => passed) ? 'proven' : 'failed', by }
    const why = reasons[id]
    return why === undefined ? { is: 'open' } : { is: 'not applicable', why }
  }
}

/** The table as a page of the docs. */
export function caseTable(all: Map<Case, Standing>): string {
  const groups = Map.groupBy(all, ([{ id }]) => id.slice(0, 3))
  const count = (rows: [Case, Standing][], is: Standing['is']) =>
    rows.filter(([, one]) => one.is === is).length
  const line = (name: string, about: string, rows: [Case, Standing][]) =>
    `| ${name} | ${about} | ${rows.length} | ${count(rows, 'proven')} | ${count(rows, 'failed')} | ${count(rows, 'not applicable')} | ${count(rows, 'open')} |`
  const lines = [...groups].map(([name, rows]) => line(name, rows[0]?.[0].group ?? '', rows))
  const rest = [...all].flatMap(([{ id, when }, one]) => {
    if (one.is === 'proven') return []
    const why = 'why' in one ? one.why : one.is
    return [`| ${id} | ${cell(when)} | ${cell(why)} |`]
  })
  const proven = [...all].flatMap(([{ id, when }, one]) =>
    one.is === 'proven' ? [`| ${id} | ${cell(when)} | ${one.by} |`] : [],
  )
  return `# Cases

Written by \`npm run cases\`, which runs all tests: a case is *proven* when every test whose title begins with its id
passed, or the test that \`test/data/proven-elsewhere.json\` names for it.

| group | about | cases | proven | failed | not applicable | open |
|---|---|--:|--:|--:|--:|--:|
${lines.join('\n')}
${line('**all**', '', [...all])}

## Not applicable, or open

| case | what is tried | why |
|---|---|---|
${rest.join('\n')}

## Proven

| case | what is tried | by |
|---|---|---|
${proven.join('\n')}
`
}

function cell(text: string): string {
  const short = text.length > 160 ? `${text.slice(0, 159)}…` : text
  return short.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll(/\s+/g, ' ')
}
