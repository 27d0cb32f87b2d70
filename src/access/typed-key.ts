// An API key that a person typed: what can be one, and what the vendor says of it.
import { z } from 'zod'
import type { Http } from '../http/client.ts'
import type { TokenSet } from '../oauth/token.ts'
import { SESSION_SECONDS } from '../session/session-store.ts'
import { requestAccount, type VendorAccount } from '../vendors/account.ts'
import { type Values, withValues } from '../vendors/values.ts'
import type { Vendor } from '../vendors/vendor.ts'

const keySchema = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,4096}$/)

interface AcceptedKey {
  token: TokenSet
  account: VendorAccount | undefined
}

/** To be kept like a token. Undefined when it is no key, or when the vendor refuses it. */
export async function acceptKey(
  http: Pick<Http, 'send'>,
  vendor: Vendor,
  typed: unknown,
  values: Values,
): Promise<AcceptedKey | undefined> {
  const { data: key } = keySchema.safeParse(typed)
  if (key === undefined) return undefined
  const tested = await requestAccount(http, withValues(vendor, values), key)
  if (tested?.kind === 'expired') return undefined
  const token = { accessToken: key, expiresIn: SESSION_SECONDS, scope: undefined, values }
  return { token, account: tested?.account }
}
