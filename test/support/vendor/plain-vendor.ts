// A vendor as a file makes it, without a server: for tests of what is read from responses.
import { type Vendor, vendorSchema } from '../../../src/vendors/vendor.ts'

/** `change`: members of the file, merged over the least one. */
export function plainVendor(change: object = {}, api: object = {}): Vendor {
  const file = vendorSchema.parse({
    id: 'plain',
    name: 'Plain Ads',
    authorize: { url: 'https://plain.test/authorize' },
    token: { url: 'https://plain.test/token' },
    api: {
      baseUrl: 'https://plain.test',
      push: { method: 'PUT', path: '/campaigns/${campaign.id}' },
      ...api,
    },
    ...change,
  })
  return { ...file, client: { ...file.client, id: 'an-id', secret: 'a-secret' }, values: {} }
}
