// The campaign source: what it serves, and how it sees that the file has changed.
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CAMPAIGN_ID } from '../../src/campaigns/campaign.ts'
import { CampaignFileError } from '../../src/campaigns/faults.ts'
import { type CampaignSource, openCampaigns } from '../../src/campaigns/source.ts'

const SAMPLE = join(import.meta.dirname, '../../src/campaigns/sample.json')

let folder: string
let file: string
let source: CampaignSource | undefined
const log = vi.fn<(event: string, fields: object) => void>()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'campaigns-'))
  file = join(folder, 'campaigns.csv')
  log.mockReset()
})

afterEach(async () => {
  source?.close()
  source = undefined
  await rm(folder, { recursive: true })
})

async function open(content: string, lookEvery?: number): Promise<CampaignSource> {
  await writeFile(file, content)
  source = await openCampaigns(file, log, lookEvery)
  return source
}

const names = () => source?.all().map(({ name }) => name)

test('the sample has 40 campaigns, CRM ids among them', async () => {
  source = await openCampaigns(SAMPLE, log)
  expect(source.all()).toHaveLength(40)
  expect(source.all().filter(({ id }) => /^701[A-Za-z0-9]{15}$/.test(id)).length).toBeGreaterThan(
    10,
  )
  expect(source.all()[0]).toMatchObject({
    id: 'spring-launch',
    type: 'Email',
    budget: 12000,
    currency: 'EUR',
  })
  expect(source.problem()).toBeUndefined()
  expect(log.mock.calls).toEqual([['campaigns.loaded', { count: 40 }]])
})

describe('an id', () => {
  test('is compared exactly (INP-05)', async () => {
    const { get } = await open('id,name\n12,Twelve\nspring,Spring\n')
    expect(get('12')?.name).toBe('Twelve')
    const others = [
      '012',
      '12 ',
      '+12',
      '1e1',
      '0xC',
      '12.0',
      '１２',
      '12\0',
      '12\n',
      '1\u200d2',
      'Spring',
      '',
    ]
    for (const id of others) expect(get(id)).toBeUndefined()
  })

  test('that every object has by birth finds nothing', async () => {
    const { get } = await open('id,name\n12,Twelve\n')
    for (const id of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      expect(get(id)).toBeUndefined()
  })

  test('may be __proto__ or constructor, and is an id like any other', async () => {
    const { get } = await open('id,name\n__proto__,One\nconstructor,Two\n')
    expect([get('__proto__')?.name, get('constructor')?.name, get('toString')]).toEqual([
      'One',
      'Two',
      undefined,
    ])
  })

  test('has only characters that mean nothing in a URL, a path or a key (SSR-06, SSR-07)', () => {
    const allowed = /^[A-Za-z0-9_-]$/
    const character = fc.oneof(
      fc.constantFrom(...'./%\\?#@:+ \n\0'),
      fc.string({ unit: 'binary', minLength: 1 }),
    )
    fc.assert(
      fc.property(fc.string(), character, fc.string(), (before, inserted, after) => {
        const id = before + inserted + after
        const safe = id.length <= 64 && [...id].every((each) => allowed.test(each))
        expect(CAMPAIGN_ID.test(id)).toBe(safe)
        if (CAMPAIGN_ID.test(id)) expect(encodeURIComponent(id)).toBe(id)
      }),
    )
    for (const id of [
      '..',
      '.',
      'a/../b',
      '%2e%2e',
      'x?admin=1#',
      '@evil.test',
      '//evil.test',
      '12\n',
      '',
    ]) {
      expect(CAMPAIGN_ID.test(id)).toBe(false)
    }
    expect([CAMPAIGN_ID.test('a'.repeat(64)), CAMPAIGN_ID.test('a'.repeat(65))]).toEqual([
      true,
      false,
    ])
  })
})

describe('a change of the file', () => {
  test('is served without a restart', async () => {
    const { refresh, get } = await open('id,name\na,Old\n')
    await writeFile(file, 'id,name\na,New\nb,More\n')
    await refresh()
    expect(names()).toEqual(['New', 'More'])
    expect(get('b')?.name).toBe('More')
    expect(log).toHaveBeenLastCalledWith('campaigns.loaded', { count: 2 })
  })

  test('by renaming a new file over it is served', async () => {
    const { refresh } = await open('id,name\na,Old\n')
    await writeFile(`${file}.new`, 'id,name\na,New\n')
    await rename(`${file}.new`, file)
    await refresh()
    expect(names()).toEqual(['New'])
  })

  test('is seen by itself', async () => {
    await open('id,name\na,Old\n', 5)
    await writeFile(file, 'id,name\na,New\n')
    await vi.waitFor(() => expect(names()).toEqual(['New']), { timeout: 15_000 })
    await writeFile(`${file}.new`, 'id,name\na,Newer\n')
    await rename(`${file}.new`, file)
    await vi.waitFor(() => expect(names()).toEqual(['Newer']), { timeout: 15_000 })
  })

  test('that breaks it is refused once, the last good version serves, and it heals', async () => {
    const { refresh, problem } = await open('id,name,startDate\na,Good,2027-01-01\n')
    await writeFile(file, 'id,name,startDate\na,Bad,soon\nb,Bad,later\n')
    await Promise.all([refresh(), refresh()])
    await refresh()
    expect(names()).toEqual(['Good'])
    const faults = [
      `${file}:2 field "startDate": must be a date, YYYY-MM-DD (got "soon")`,
      `${file}:3 field "startDate": must be a date, YYYY-MM-DD (got "later")`,
    ]
    expect(log.mock.calls.slice(1)).toEqual([['campaigns.refused', { file, faults }]])
    expect(problem()).toBe(
      'The campaign file cannot be used as it is now, so its last good version is shown. 2 faults, the first: ' +
        'campaigns.csv:2 field "startDate": must be a date, YYYY-MM-DD (got "soon").',
    )
    await writeFile(file, 'id,name,startDate\na,Healed,2027-01-02\n')
    await refresh()
    expect([names(), problem()]).toEqual([['Healed'], undefined])
  })

  test('that is half-written is refused, and the very same good version is taken back', async () => {
    const good = 'id,name\na,"Good"\n'
    const { refresh, problem } = await open(good)
    await writeFile(file, good.slice(0, 12))
    await refresh()
    expect(problem()).toContain('campaigns.csv:2 field "name": has a quote that is never closed')
    await writeFile(file, good)
    await refresh()
    expect([names(), problem()]).toEqual([['Good'], undefined])
  })

  test('that ends in the middle of a line, where the one before did not, is refused', async () => {
    const { get, problem, refresh } = await open('id,name,budget\na,One,34000\nb,Two,34000\n')
    await writeFile(file, 'id,name,budget\na,One,34000\nb,Two,34')
    await refresh()
    expect(get('b')?.budget).toBe(34_000)
    expect(problem()).toContain('campaigns.csv:3')
    expect(problem()).toContain('ends without a line break')
    await writeFile(file, 'id,name,budget\r\na,One,35000\r\nb,Two,35000\r\n')
    await refresh()
    expect([get('b')?.budget, problem()]).toEqual([35_000, undefined])
  })

  test('without a last line break is served where the one before had none', async () => {
    const { get, refresh } = await open('id,name\na,One')
    await writeFile(file, 'id,name\na,Two')
    await refresh()
    expect(get('a')?.name).toBe('Two')
  })

  test('that deletes it is refused once, and it heals', async () => {
    const { refresh, problem } = await open('id,name\na,Good\n')
    await rm(file)
    await refresh()
    await refresh()
    expect(names()).toEqual(['Good'])
    expect(problem()).toContain('campaigns.csv: there is no such file')
    expect(log.mock.calls.filter(([event]) => event === 'campaigns.refused')).toHaveLength(1)
    await writeFile(file, 'id,name\na,Back\n')
    await refresh()
    expect([names(), problem()]).toEqual([['Back'], undefined])
  })

  test('that changes nothing is not told', async () => {
    const { refresh } = await open('id,name\na,Good\n')
    await writeFile(file, 'id,name\na,Good\n')
    await refresh()
    expect(log).toHaveBeenCalledTimes(1)
  })
})

test('10,000 campaigns are served, and each is found', async () => {
  const ids = Array.from(
    { length: 10_000 },
    (_, index) => `701Qy00000${String(index).padStart(8, '0')}`,
  )
  const { get, all } = await open(
    `id,name,budget\n${ids.map((id) => `${id},"Name, of ${id}",12`).join('\n')}`,
  )
  expect(all()).toHaveLength(10_000)
  expect(ids.every((id) => get(id)?.name === `Name, of ${id}`)).toBe(true)
})

test('a first version with a fault is not served at all', async () => {
  await expect(open('id,name\na,\n')).rejects.toBeInstanceOf(CampaignFileError)
  expect(log).not.toHaveBeenCalled()
})
