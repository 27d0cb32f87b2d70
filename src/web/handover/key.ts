// A vendor without OAuth: the person who opens a hand-over gives an API key of theirs.
import { z } from 'zod'
import type { Handover } from '../../access/handovers.ts'
import type { Context } from '../../context.ts'
import { SESSION_SECONDS } from '../../session/session-store.ts'
import { requestAccount } from '../../vendors/account.ts'
import { type Values, withValues } from '../../vendors/values.ts'
import { storeForOwner } from './grant.ts'

const keySchema = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,4096}$/)

/** Stores the key for the owner who asked; false when it is none, or the vendor refuses it. */
export async function receiveKey(
  context: Context,
  handover: Handover,
  typed: string | undefined,
  values: Values,
): Promise<boolean> {
  const { data: key } = keySchema.safeParse(typed)
  const vendor = context.vendor(handover.vendor)
  const tested = key && (await requestAccount(context.http, withValues(vendor, values), key))
  if (!key || (tested && tested.kind === 'expired')) return false
  const token = { accessToken: key, expiresIn: SESSION_SECONDS, scope: undefined, values }
  await storeForOwner(context, handover, token, tested ? tested.account : undefined)
  return true
}
