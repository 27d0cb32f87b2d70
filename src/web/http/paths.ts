// Addresses inside this app: routes that several pages link to, and the list's state in its URL.
import type { Request } from 'express'
import { z } from 'zod'
import { parseSubject } from '../../access/token-key.ts'
import { type ListFilter, SORTS, STATUSES } from '../../sync/campaign-list.ts'
import type { Intent } from '../../sync/intent.ts'

/** What the person goes to the connect route for; `intent` is then finished without another press. */
type ConnectPurpose = { campaign: string; intent?: string } | { run: string } | { choice: string }

export function connectPath(vendor: string, purpose: ConnectPurpose): string {
  if ('run' in purpose) return `/connect/${vendor}/run/${purpose.run}`
  if ('choice' in purpose) return `/connect/${vendor}/account/${purpose.choice}`
  const query = purpose.intent === undefined ? '' : `?intent=${purpose.intent}`
  return `/connect/${vendor}/${purpose.campaign}${query}`
}

/** The connect route for what access was requested for, as it is stored. */
export function subjectConnectPath(
  vendor: string,
  { subject, intent }: { subject: string; intent?: string | undefined },
): string {
  const { kind, id = '' } = parseSubject(subject) ?? {}
  if (kind === 'run') return connectPath(vendor, { run: id })
  return connectPath(vendor, { campaign: id, ...(intent !== undefined && { intent }) })
}

export function intentConnectPath({
  vendor,
  campaign,
  id,
}: Pick<Intent, 'vendor' | 'campaign' | 'id'>): string {
  return connectPath(vendor, { campaign, intent: id })
}

export function resumePath(campaign: string, intent: string): string {
  return `/campaigns/${campaign}/sync?intent=${intent}`
}

/** Longer searches are cut: so much, percent-encoded, still fits into a page that may be returned to. */
const SEARCH_MOST = 80

const sortSchema = z
  .string()
  .transform((text) => ({ by: text.replace(/^-/, ''), down: text.startsWith('-') }))
  .pipe(z.object({ by: z.enum(SORTS), down: z.boolean() }))

/** Anything that is not understood counts as not given: a list is always shown. */
const querySchema = z.object({
  search: z
    .string()
    .transform((text) =>
      text
        .replaceAll(/[\p{Cc}\p{Cs}]/gu, ' ')
        .trim()
        .slice(0, SEARCH_MOST)
        .toWellFormed(),
    )
    .catch(''),
  status: z.enum(STATUSES).optional().catch(undefined),
  sort: sortSchema.optional().catch(undefined),
  page: z
    .string()
    .regex(/^[1-9]\d{0,5}$/)
    .transform(Number)
    .catch(1),
  vendor: z.string().optional().catch(undefined),
})

export type ListQuery = ListFilter & { page: number; vendor?: string | undefined }

export function listQuery(req: Pick<Request, 'query'>): ListQuery {
  return querySchema.parse(req.query)
}

/** The list's own address for that state: what is as usual is left out, so that one state has one address. */
export function listPath({ search, status, sort, page, vendor }: Partial<ListQuery>): string {
  const parameters = new URLSearchParams({
    ...(vendor !== undefined && { vendor }),
    ...(search && { search }),
    ...(status && { status }),
    ...(sort && { sort: sortName(sort) }),
    ...(page !== undefined && page > 1 && { page: String(page) }),
  })
  // URLSearchParams leaves one character as it is that return-to.ts does not take.
  const query = parameters.toString().replaceAll('*', '%2A')
  return query ? `/campaigns?${query}` : '/campaigns'
}

export function sortName({ by, down }: NonNullable<ListFilter['sort']>): string {
  return down ? `-${by}` : by
}
