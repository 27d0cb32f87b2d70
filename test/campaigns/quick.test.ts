// The quick way through a JSON file gives the campaigns that the careful one gives, or leaves the file to it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkRows, collectFaults } from '../../src/campaigns/faults.ts'
import { jsonRows, quickCampaigns } from '../../src/campaigns/json.ts'

function carefully(text: string): unknown {
  const faults = collectFaults('campaigns.json')
  const campaigns = checkRows(jsonRows(text, faults), faults)
  try {
    faults.throwIfAny()
    return campaigns
  } catch {
    return undefined
  }
}

const text = fc.oneof(fc.string(), fc.constantFrom('', 'Spring', 'a":b', '__proto__'))
const row = fc.record(
  {
    id: fc.oneof(fc.stringMatching(/^[\w-]{1,6}$/), text),
    name: text,
    budget: fc.oneof(fc.double(), fc.constantFrom(null, '12.5', '0x10')),
    startDate: fc.constantFrom('2026-12-01', '2026-13-01', ''),
    extra: fc.jsonValue({ maxDepth: 3 }),
  },
  { requiredKeys: ['id', 'name'] },
)

test('what it reads is what the careful way reads, and it reads no file with a fault', () => {
  fc.assert(
    fc.property(fc.array(row), fc.boolean(), (rows, wrapped) => {
      const file = JSON.stringify(wrapped ? { campaigns: rows } : rows)
      const quick = quickCampaigns(file)
      // Within a text it may look like the end of a name; then the file may be left to the careful way.
      const doubtful = /\\"\s*:|[[{,:]"\s*:/.test(file)
      if (quick || !doubtful) expect(quick).toEqual(carefully(file))
    }),
  )
})

test.each([
  ['a name given twice', '[{"id":"a","name":"A","name":"B"}]'],
  ['a name given twice further in', '[{"id":"a","name":"A","x":{"y":1,"y":2}}]'],
  ['an id given twice', '[{"id":"a","name":"A"},{"id":"a","name":"B"}]'],
  ['nesting without end', `[{"id":"a","name":"A","x":${'['.repeat(40)}${']'.repeat(40)}}]`],
  ['something beside the list', '{"campaigns":[],"more":1}'],
  ['no list', '"campaigns"'],
])('it leaves %s to the careful way', (_fault, file) => {
  expect(quickCampaigns(file)).toBeUndefined()
})
