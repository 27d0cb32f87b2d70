// The list as CSV: every campaign that is searched for, with how it stands at each vendor shown.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import { storeDown } from '../../errors.ts'
import type { Standing } from '../../sync/sync-log.ts'
import { csvLine } from '../http/csv.ts'
import { readable } from '../page/page.ts'
import { campaignStatus } from '../page/sync-messages.ts'
import { type ListRequest, selection } from './list-page.ts'

const CHUNK = 500
const COLUMNS = [
  'id',
  'name',
  'type',
  'status',
  'startDate',
  'endDate',
  'budget',
  'currency',
  'owner',
] as const

/** @throws HttpProblem 503 while the store is away: a file without states would say that there are none */
export async function sendListCsv(
  context: Context,
  res: Response,
  { query, shown }: ListRequest,
): Promise<void> {
  if (!(await readable(context.store.ping().then(() => true)))) throw storeDown('the list as CSV')
  const { campaigns } = await selection(context, shown, query)
  res.type('text/csv').attachment('campaigns.csv')
  await pipeline(Readable.from(lines(context, shown, campaigns)), res).catch(() => res.destroy())
}

async function* lines(
  { syncLog }: Context,
  shown: ListRequest['shown'],
  campaigns: readonly Campaign[],
): AsyncGenerator<string> {
  yield csvLine([...COLUMNS, ...shown.flatMap(({ id }) => [`${id}_state`, `${id}_at`])])
  for (let start = 0; start < campaigns.length; start += CHUNK) {
    const chunk = campaigns.slice(start, start + CHUNK)
    const ids = chunk.map(({ id }) => id)
    const known = await Promise.all(shown.map(({ id }) => syncLog.standings(id, ids)))
    yield chunk
      .map((campaign, at) => {
        const states = shown.flatMap((vendor, column) => {
          const last: Standing | undefined = known[column]?.[at]
          return [campaignStatus(vendor, campaign, last), last && new Date(last.at).toISOString()]
        })
        return csvLine([...COLUMNS.map((name) => campaign[name]), ...states])
      })
      .join('')
  }
}
