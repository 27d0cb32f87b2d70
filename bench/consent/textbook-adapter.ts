// The adapter of the textbook app: the shortest one there can be.
import { join } from 'node:path'
import { readPage } from '../../test/support/browser/page.ts'
import type { Adapter } from './adapter.ts'

export const adapter: Adapter = {
  name: 'textbook',
  callbackPath: '/callback',
  readyPath: '/ready',
  command: ({ port, url, vendor }) => ({
    command: [join(import.meta.dirname, 'textbook.ts')],
    environment: {
      PORT: String(port),
      URL: url,
      AUTHORIZE: vendor.authorizeUrl,
      TOKEN: vendor.tokenUrl,
      API: vendor.apiUrl,
      CLIENT_ID: vendor.clientId,
      SECRET: vendor.clientSecret,
    },
  }),
  async preparePress(visitor, campaign) {
    const page = await visitor.open(`/campaigns/${campaign}`)
    return () => visitor.press(page, 'Sync')
  },
  wayOn: () => undefined,
  saysDone: ({ body }) => readPage(body).heading === 'Synced',
}
