// What every app but ours shares: its settings, Redis, the cache of tokens, and the push.
import { createClient } from 'redis'
import { Pool } from 'undici'
import { campaign } from '../workload.ts'

const { PORT = '', BASE_URL = '', VENDOR_URL = '', REDIS_URL = '', NO_KEYS } = process.env

export { BASE_URL, REDIS_URL, VENDOR_URL }
export const port = Number(PORT)

export const redis = await createClient({ url: REDIS_URL }).connect()
export const vendor = new Pool(VENDOR_URL, { connections: 64 })

/** Seconds before its end at which a token is no longer used. */
const MARGIN = 60

/** Access tokens, by session and campaign. */
export const tokens = {
  get: (session: string, id: string) => redis.get(`token:${session}:${id}`),
  set: (session: string, id: string, token: string, expiresIn: number) =>
    redis.set(`token:${session}:${id}`, token, {
      expiration: { type: 'EX', value: expiresIn - MARGIN },
    }),
}

/** With a `press` it goes along as Idempotency-Key. @throws when the vendor does not take it */
export async function push(id: string, token: string, press?: string): Promise<void> {
  const { statusCode, body } = await vendor.request({
    method: 'PUT',
    path: `/api/campaigns/${id}`,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'content-type': 'application/json',
      ...(press && !NO_KEYS && { 'idempotency-key': press }),
    },
    body: JSON.stringify(campaign(id)),
  })
  await body.json()
  if (statusCode !== 200) throw new Error(`the vendor answered ${statusCode}`)
}
