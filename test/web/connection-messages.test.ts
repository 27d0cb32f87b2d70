// The messages about access that follow a redirect in the flash cookie.
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  connectionMessage,
  connectionMessageBanner,
} from '../../src/web/page/connection-messages.ts'
import { type Site, startSite } from '../support/app/site.ts'

let site: Site
beforeAll(async () => {
  site = await startSite({ campaigns: [] })
})
afterAll(() => site.close())

test.each(['demo', 'v'.repeat(64)])('one is told of the vendor %s', (id) => {
  const vendor = { ...site.context.vendor('demo'), id }
  const banner = connectionMessageBanner(connectionMessage('disconnected', id), [vendor], new Map())
  expect(banner?.text).toContain(vendor.name)
})
