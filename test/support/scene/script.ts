// A script: JSON in, JSON out, and nothing of a browser but, perhaps, a cookie jar.
import { expect } from 'vitest'
import { z } from 'zod'
import type { Visit, Visitor } from '../browser/http-visitor.ts'

export const JSON_CALLER = {
  accept: 'application/json',
  'sec-fetch-dest': null,
  'sec-fetch-mode': null,
  'sec-fetch-site': null,
  'sec-fetch-user': null,
  'upgrade-insecure-requests': null,
  'user-agent': 'curl/8.5',
  origin: null,
  referer: null,
}

const needed = z.object({
  code: z.literal('E-AUTHORIZE'),
  url: z.string(),
  statusUrl: z.string(),
  expiresAt: z.iso.datetime(),
  intent: z.string().optional(),
  run: z.string().optional(),
})
export type Needed = z.infer<typeof needed>

const standing = z.looseObject({
  intent: z.string(),
  state: z.string(),
  status: z.string(),
  text: z.string(),
  result: z.looseObject({ kind: z.string(), by: z.string().optional() }).optional(),
})

/** Presses Sync for a script; `key` is its Idempotency-Key. */
export function press(script: Visitor, campaign: string, key?: string): Promise<Visit> {
  const path = `/campaigns/${campaign}/sync`
  return script.post(path, '{}', { ...JSON_CALLER, 'idempotency-key': key ?? null })
}

/** The 409 of a caller that needs a person. */
export function neededOf(visit: Visit): Needed {
  expect([visit.status, visit.body]).toEqual([409, expect.any(String)])
  return needed.parse(JSON.parse(visit.body))
}

/** How its intent stands. */
export async function standingOf(script: Visitor, { statusUrl }: Needed, query = '') {
  const { body } = await script.get(statusUrl + query, JSON_CALLER)
  return standing.parse(JSON.parse(body))
}
