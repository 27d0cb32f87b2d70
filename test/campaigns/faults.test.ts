// Every fault of a campaign file is told with its line and field, in CSV and in JSON.
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CampaignFileError } from '../../src/campaigns/faults.ts'
import { parseCampaigns, readBytes } from '../../src/campaigns/read.ts'

const AMOUNT = 'must be a number from 0 to 1000000000000, like 12000 or 12000.50'

function read(file: string, content: string | Buffer) {
  return parseCampaigns(file, Buffer.from(content))
}

function faultsOf(file: string, content: string | Buffer): readonly string[] {
  try {
    read(file, content)
  } catch (error) {
    if (error instanceof CampaignFileError) return error.faults
    throw error
  }
  return []
}

const csvFaults = (content: string | Buffer) => faultsOf('c.csv', content)
const jsonFaults = (content: string | Buffer) => faultsOf('c.json', content)

/** One campaign with the field on line 4. */
const withField = (field: string, value: string) =>
  `[\n{ "id": "a",\n"name": "A",\n${field}: ${value} }\n]`

describe('a field', () => {
  test.each([
    ['startDate', 'soon', 'must be a date, YYYY-MM-DD'],
    ['startDate', '2027-02-29', 'must be a date, YYYY-MM-DD'],
    ['endDate', '01/02/2027', 'must be a date, YYYY-MM-DD'],
    ['budget', '-1', AMOUNT],
    ['budget', '12.000,50', AMOUNT],
    ['budget', '0x10', AMOUNT],
    ['budget', 'Infinity', AMOUNT],
    ['budget', '1000000000001', AMOUNT],
    ['currency', 'euro', 'must be an ISO 4217 code, like EUR'],
    ['type', ' ', 'must not be blank'],
    ['status', 'x'.repeat(61), 'must be at most 60 characters'],
    ['owner', 'a\u0007b', 'must not have control characters other than tab and newline'],
  ])('%s %j is a fault', (field, value, problem) => {
    const got = JSON.stringify(value).replace(/x{61}/, `${'x'.repeat(60)}…`)
    const said = `field "${field}": ${problem} (got ${got})`
    expect(csvFaults(`id,name,${field}\nb,B,\na,A,"${value}"\n`)).toEqual([`c.csv:3 ${said}`])
    expect(jsonFaults(withField(`"${field}"`, JSON.stringify(value)))).toEqual([`c.json:4 ${said}`])
  })

  test.each([
    ['id', '12', 'must be text, in quotes (got 12)'],
    ['name', '["A"]', 'must be text, in quotes (got a list)'],
    ['owner', '{"name":"Dana"}', 'must be text, in quotes (got an object)'],
    ['budget', '1e999', `${AMOUNT} (got Infinity)`],
    ['budget', 'true', `${AMOUNT} (got true)`],
    ['name', '"\\ud800"', 'must be whole characters, not half of a surrogate pair (got "\\ud800")'],
  ])('%s of another kind in JSON is a fault: %s', (field, value, said) => {
    const campaign = { id: '"a"', name: '"A"', [field]: value }
    const lines = Object.entries(campaign).map(([name, value]) => `"${name}":\n${value}`)
    const line = 2 + 2 * Object.keys(campaign).indexOf(field)
    expect(jsonFaults(`[{\n${lines.join(',\n')}}]`)).toEqual([
      `c.json:${line} field "${field}": ${said}`,
    ])
  })

  test.each(['../x', 'a b', 'x?admin=1#', '//evil.test', 'a%2fb', '１２', 'a'.repeat(65)])(
    'id %j is a fault',
    (id) => {
      expect(csvFaults(`id,name\n${id},A`)[0]).toContain(
        'c.csv:2 field "id": must be 1 to 64 of A-Z a-z 0-9 _ - (got',
      )
      expect(jsonFaults(JSON.stringify([{ id, name: 'A' }]))[0]).toContain(
        'c.json:1 field "id": must be 1 to 64',
      )
    },
  )

  test('that is needed is missed, on the line of its campaign', () => {
    const required = ['field "id": is required', 'field "name": is required']
    expect(csvFaults('id,name\n,A\nb,\n')).toEqual([
      `c.csv:2 ${required[0]}`,
      `c.csv:3 ${required[1]}`,
    ])
    expect(jsonFaults('[\n{"name":"A"},\n{"id":"b",\n"name":null}]')).toEqual([
      `c.json:2 ${required[0]}`,
      `c.json:4 ${required[1]}`,
    ])
  })

  test('that is unknown is kept: exports have more columns than we name', () => {
    expect(read('c.csv', 'id,name,colour\na,A,red')[0]).toMatchObject({ id: 'a', colour: 'red' })
    expect(read('c.json', '[{"id":"a","name":"A","tags":["x"]}]')[0]).toMatchObject({ tags: ['x'] })
  })

  test('that is empty or null was not given', () => {
    const plain = { id: 'a', name: 'A', type: 'Email', status: 'Planned', currency: 'EUR' }
    expect(read('c.csv', 'id,name,type,endDate,budget\na,A,,,')).toEqual([plain])
    expect(read('c.json', '[{"id":"a","name":"A","type":"","endDate":null}]')).toEqual([plain])
  })
})

describe('a name', () => {
  const nameOf = (name: string) => read('c.json', JSON.stringify([{ id: 'a', name }]))[0]?.name

  test.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '#{7*7} ${7*7} {{7*7}}',
    '\u202eevil\u200b',
    ' two\tlines\nor\r\nthree ',
    '春の👩‍👩‍👧 launch',
  ])('%j is kept as it is (XSS-01, XSS-12)', (name) => {
    expect(nameOf(name)).toBe(name)
    expect(read('c.csv', `id,name\na,"${name.replaceAll('"', '""')}"`)[0]?.name).toBe(name)
  })

  test.each(['a\0b', 'a\u001b[2J', 'a\u009b2J', 'a\rb'])(
    '%j with a control character is a fault, shown harmless',
    (name) => {
      const [fault] = jsonFaults(JSON.stringify([{ id: 'a', name }]))
      expect(fault).toContain(
        'c.json:1 field "name": must not have control characters other than tab and newline',
      )
      expect(fault).not.toMatch(/\p{Cc}/u)
    },
  )

  test.each([' ', '\n\t', '\u200b\u202e', '\u3164'])(
    '%j that nobody can see is a fault',
    (name) => {
      expect(jsonFaults(JSON.stringify([{ id: 'a', name }]))[0]).toContain(
        'field "name": must not be blank',
      )
    },
  )

  test('of more than 20,000 characters is a fault', () => {
    expect(csvFaults(`id,name\na,${'n'.repeat(20_001)}`)[0]).toContain('must be at most 20000')
    expect(csvFaults(`id,name\na,${'n'.repeat(10_000)}`)).toEqual([])
  })
})

test('an id that stands twice names both lines', () => {
  expect(csvFaults('id,name\na,A\nb,B\na,C')).toEqual([
    'c.csv:4 field "id": is already on line 2 (got "a")',
  ])
  expect(jsonFaults('[\n{"id":"a","name":"A"},\n{"name":"C",\n"id":"a"}]')).toEqual([
    'c.json:4 field "id": is already on line 2 (got "a")',
  ])
  expect(csvFaults('id,name\n12,A\n012,B\nab,C\nAB,D')).toEqual([])
})

test('20 faults are listed and the rest counted', () => {
  const faults = csvFaults(
    `id,name\n${Array.from({ length: 23 }, (_, index) => `${index},`).join('\n')}`,
  )
  expect(faults).toHaveLength(21)
  expect(faults[19]).toBe('c.csv:21 field "name": is required')
  expect(faults[20]).toBe('and 3 more')
})

describe('CSV', () => {
  test('with a byte order mark, CRLF, quoted newlines and blank rows is read', () => {
    const campaigns = read(
      'c.csv',
      '\ufeffid,name,budget\r\n\r\na,"one\r\n""two""",12000.5\r\n,,\r\nb,B,\r\n',
    )
    expect(campaigns.map(({ id, name, budget }) => [id, name, budget])).toEqual([
      ['a', 'one\r\n"two"', 12000.5],
      ['b', 'B', undefined],
    ])
  })

  test.each([';', '\t'])('separated by %j, as a spreadsheet may write it, is read', (separator) => {
    const content = 'id|name|budget\na|A, or B|12\n'.replaceAll('|', separator)
    expect(read('c.csv', content)[0]).toMatchObject({ id: 'a', name: 'A, or B', budget: 12 })
  })

  test('has real line numbers, whatever the newlines', () => {
    const cell = fc.array(fc.constantFrom('x', '"', ',', '\n', '\r\n', 'é'), { maxLength: 6 })
    const newline = fc.constantFrom('\n', '\r\n')
    const rows = fc.array(fc.tuple(cell, cell, fc.nat(2), newline), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(rows, newline, (rows, first) => {
        let text = `description,owner,id,name${first}`
        const expected: string[] = []
        for (const [description, owner, empty, end] of rows) {
          const quoted = [description, owner].map(
            (cell) => `"${cell.join('').replaceAll('"', '""')}"`,
          )
          text += `${end.repeat(empty)}${quoted.join(',')},`
          expected.push(`c.csv:${text.split('\n').length} field "id"`)
          text += `!${expected.length},N${end}`
        }
        const told = csvFaults(text).filter((fault) => fault.includes('"id"'))
        expect(told.map((fault) => fault.slice(0, fault.indexOf(': ')))).toEqual(expected)
      }),
    )
  })

  test.each([
    ['id,name\n\na,A\n\nb,"B\nc,C\n', 'c.csv:5 field "name": has a quote that is never closed'],
    ['id,name\na,"A"x\n', 'c.csv:2 field "name": has text after its closing quote'],
    ['id,name\na,A"x\n', 'c.csv:2 field "name": has a quote in its middle'],
    ['id,name\na,A\nb\n', 'c.csv:3: has 1 cells where the header has 2'],
    ['id,name\na,A,\n', 'c.csv:2: has 3 cells where the header has 2'],
    ['id,name,id\na,A,b\n', 'c.csv:1 field "id": is in the header twice'],
  ])('%j is a fault', (content, said) => {
    expect(csvFaults(content)).toEqual([expect.stringContaining(said)])
  })
})

describe('JSON', () => {
  test('may be a list or { "campaigns": list }', () => {
    expect(read('c.json', '\ufeff[{"id":"a","name":"A"}]')).toHaveLength(1)
    expect(read('c', ' {"campaigns":[{"id":"a","name":"A","budget":12}]}')[0]?.budget).toBe(12)
    expect(read('c.json', '[]')).toEqual([])
  })

  test.each([
    ['"x"', 'c.json:1: must be a list of campaigns, or { "campaigns": [ … ] } (got "x")'],
    [
      '{"items":[]}',
      'c.json:1: must be a list of campaigns, or { "campaigns": [ … ] } (got an object)',
    ],
    [
      '{"campaigns":\n{}}',
      'c.json:1 field "campaigns": must be a list of campaigns (got an object)',
    ],
    ['{"campaigns":[],\n"page":1}', 'c.json:2 field "page": must not stand beside "campaigns"'],
    ['[\n1]', 'c.json:2: each campaign must be an object (got 1)'],
    [
      '[{"id":"a",\n "name":"A",}]',
      'c.json:2:13: expected a field name in double quotes, found "}"',
    ],
    ['[{"id":"a","name":"A"}\n{}]', 'c.json:2:1: expected "," or "]", found "{"'],
    ['[{"id":"a",\n"na', 'c.json:2:1: text that is not closed'],
    ['[{"id":"a",\n  "id":"b"}]', 'c.json:2:3: field "id" is given twice'],
  ])('%j is a fault', (content, said) => {
    expect(jsonFaults(content)).toEqual([expect.stringContaining(said)])
  })
})

describe('a file', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'campaigns-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('that is missing, a folder or over 50 MB is not read', async () => {
    const file = (name: string) => join(folder, name)
    await mkdir(file('folder'))
    await writeFile(file('large.csv'), '')
    await truncate(file('large.csv'), 50_000_001)
    const faults = [
      ['missing.csv', 'there is no such file'],
      ['folder', 'is not a file but a folder or a device'],
      ['large.csv', 'is larger than 50 MB (51 MB)'],
    ] as const
    for (const [name, said] of faults)
      await expect(readBytes(file(name))).rejects.toThrow(`${file(name)}: ${said}`)
  })

  test.each(['', ' \r\n ', '\ufeff'])('of %j is empty', (content) => {
    expect(csvFaults(content)).toEqual(['c.csv: is empty'])
    expect(jsonFaults(content)).toEqual(['c.json: is empty'])
  })

  test('in another encoding is a fault with the first line that shows it', () => {
    const content = Buffer.from('id,name\na,A\nb,Fr\u00fchjahr\n', 'latin1')
    expect(csvFaults(content)).toEqual(['c.csv:3: is not UTF-8 text; save it as UTF-8'])
  })
})
