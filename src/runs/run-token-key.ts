// The token of a run: one for all its items, and for no other run.
import { formatSubject } from '../access/subject.ts'
import type { TokenKey } from '../access/token-key.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { Run } from './run.ts'

export function runTokenKey({ id, owner }: Pick<Run, 'id' | 'owner'>, vendor: Vendor): TokenKey {
  return { owner, vendor, subject: formatSubject({ kind: 'run', id }) }
}
