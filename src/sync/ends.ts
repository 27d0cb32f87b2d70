// The ways an intent can end, or come to wait for access.

import type { PushResponse } from '../vendors/push.ts'
import type { Vendor } from '../vendors/vendor.ts'
import type { Intent, Result } from './intents.ts'

/** The vendor takes the token no more: the person is asked, for an OAuth vendor once; for a key as often as they type one. */
export function tokenRefused(vendor: Vendor, intent: Intent, response: PushResponse): Intent {
  const refused = { kind: 'refused' as const, ...resultFields(response) }
  if (!intent.approved) return awaitAccess(intent)
  if (vendor.client.auth !== 'key') return settled(intent, refused)
  return { ...awaitAccess(intent), result: { ...refused, at: Date.now() } }
}

/** The parts of an answer that are told. */
export function resultFields({
  status,
  message,
  externalId,
  retryAfter,
}: PushResponse): Partial<Result> {
  return {
    ...(status !== undefined && { status }),
    ...(message !== undefined && { message }),
    ...(externalId !== undefined && { externalId }),
    ...(retryAfter !== undefined && { retryAt: Date.now() + retryAfter * 1000 }),
  }
}

/** Access is needed; nothing else about the intent is known. */
export function awaitAccess(intent: Intent): Intent {
  const { result: _, ...rest } = intent
  return { ...rest, state: 'waiting', approved: false }
}

/** It ended so. */
export function settled(intent: Intent, result: Omit<Result, 'at'>): Intent {
  return { ...intent, state: 'settled', approved: false, result: { ...result, at: Date.now() } }
}
