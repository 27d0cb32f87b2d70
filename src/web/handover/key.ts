// A vendor without OAuth: the person who opens a hand-over gives an API key of theirs.
import type { Request } from 'express'
import type { Handover } from '../../access/handovers.ts'
import { acceptKey } from '../../access/typed-key.ts'
import type { Context } from '../../context.ts'
import type { Values } from '../../vendors/values.ts'
import { storeForOwner } from './grant.ts'

/** Stores the key for the owner who asked; false when it is none, or the vendor refuses it. */
export async function receiveKey(
  context: Context,
  req: Request,
  handover: Handover,
  typed: string | undefined,
  values: Values,
): Promise<boolean> {
  const vendor = context.vendor(handover.vendor)
  const accepted = await acceptKey(context.http, vendor, typed, values)
  if (!accepted) return false
  await storeForOwner(context, req, handover, accepted.token, accepted.account)
  return true
}
