// The two people who have an account at Acme.
import { z } from 'zod'

export const accountId = z.enum(['dana', 'sam'])
export const ACCOUNTS = accountId.options

/** How Acme shows an account, like dana@acme. */
export const accountName = (id: string): string => `${id}@acme`
