// The sample's campaigns are of this season, whenever they are looked at.
import { expect, test } from 'vitest'
import { campaignSchema } from '../../src/campaigns/campaign.ts'
import { inThisSeason, openCampaigns, SAMPLE_FILE } from '../../src/campaigns/source.ts'

const days = (text: string, today: string) => (Date.parse(text) - Date.parse(today)) / 86_400_000

test.each([
  ['2027-03-01', '2027-03-31', '2026-11-26', '2027-03-01', '2027-03-31'],
  ['2027-03-01', '2027-03-31', '2031-05-01', '2031-03-01', '2031-03-31'],
  ['2027-03-01', '2027-03-31', '2031-07-01', '2032-03-01', '2032-03-31'],
  ['2026-12-15', '2027-01-15', '2030-01-10', '2029-12-15', '2030-01-15'],
  ['2026-11-20', undefined, '2020-01-10', '2019-11-20', undefined],
  ['2028-02-29', '2028-03-01', '2026-12-01', '2027-02-28', '2027-03-01'],
])('%s to %s, looked at on %s, is %s to %s', (startDate, endDate, today, start, end) => {
  const campaign = campaignSchema.parse({ id: 'a', name: 'a', startDate, endDate })
  const [moved] = inThisSeason([campaign], new Date(today))
  expect([moved?.startDate, moved?.endDate]).toEqual([start, end])
})

test('every date of the sample is near today, and its season is kept', async () => {
  const today = new Date().toISOString().slice(0, 10)
  const source = await openCampaigns(SAMPLE_FILE, () => {})
  source.close()
  for (const { startDate = today, endDate = startDate } of source.all()) {
    expect(days(startDate, today)).toBeGreaterThanOrEqual(-91)
    expect(days(startDate, today)).toBeLessThanOrEqual(276)
    expect(days(endDate, startDate)).toBeGreaterThanOrEqual(0)
  }
  const friday = source.all().find(({ name }) => name === 'Black Friday early access')
  expect(friday?.startDate).toMatch(/-11-\d\d$/)
})
