// The vendor file that describes the fake vendor to the app, and changes to it.
import type { VendorSettings } from './fake-vendor.ts'

/** Merged over the file, object by object; undefined removes a member. */
export interface FileChange {
  [name: string]: unknown
}

/** A file in the shape of src/vendors/vendor.ts. A fresh token that is refused is believed at once. */
export function vendorFile(
  settings: VendorSettings,
  url: string,
  changes: FileChange[],
): FileChange {
  const file: FileChange = {
    id: settings.id,
    name: settings.name,
    client: { auth: settings.auth },
    authorize: {
      url: `${url}/authorize`,
      scopes: ['campaigns:write'],
      permissions: ['create and update your campaigns'],
      pkce: settings.pkce,
      ...(settings.iss && { issuer: settings.issuer, issParameter: true }),
    },
    token: { url: `${url}/token` },
    revoke: { url: `${url}/revoke` },
    lifetime: { freshGraceSeconds: 0 },
    api: {
      baseUrl: url,
      push: {
        method: 'PUT',
        path: '/api/campaigns/${campaign.id}',
        idempotencyHeader: 'Idempotency-Key',
        externalId: 'id',
      },
      account: { path: '/api/me', id: 'id', name: 'name' },
      errorMessage: 'error.message',
    },
  }
  return changes.reduce(merge, file)
}

function merge(base: FileChange, change: FileChange): FileChange {
  const merged = { ...base }
  for (const [name, value] of Object.entries(change)) {
    const before = merged[name]
    merged[name] = isObject(before) && isObject(value) ? merge(before, value) : value
  }
  return merged
}

function isObject(value: unknown): value is FileChange {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
