// Addresses inside this app: routes that several pages link to, and the list's state in its URL.
import type { Request } from 'express'
import { z } from 'zod'
import { parseSubject } from '../../access/token-key.ts'
import { type ListFilter, SORTS, STATUSES } from '../../sync/campaign-list.ts'
import type { Intent } from '../../sync/intent.ts'

/** What the person goes to the connect route for; `intent` is then finished without another press, `back` shown.
 * `other`: the vendor is to let the person choose the account. */
type ConnectPurpose =
  | { campaign: string; intent?: string; back?: string; account?: 'other' }
  | { run: string }
  | { choice: string }

export function connectPath(vendor: string, purpose: ConnectPurpose): string {
  if ('run' in purpose) return `/connect/${vendor}/run/${purpose.run}`
  if ('choice' in purpose) return `/connect/${vendor}/account/${purpose.choice}`
  const { campaign, intent, back, account } = purpose
  const query = new URLSearchParams({
    ...(intent && { intent }),
    ...(back && { back }),
    ...(account && { account }),
  })
  return `/connect/${vendor}/${campaign}${query.size > 0 ? `?${query}` : ''}`
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

/** An empty choice of a form is none. */
const choice = z.string().min(1).max(120).optional().catch(undefined)
const day = z.iso.date().optional().catch(undefined)

/** Campaigns that stay ticked while pages are turned; so many ids fit into an address. */
const SELECTED_MOST = 400

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
  type: choice,
  owner: choice,
  from: day,
  to: day,
  /** What is ticked on other pages of the list: one by one as a form sends it, or joined by dots. */
  id: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .catch(undefined),
  selected: z.string().optional().catch(undefined),
})

export interface ListQuery extends ListFilter {
  page: number
  vendor?: string | undefined
  /** Ids of campaigns that are ticked. */
  selected?: string[] | undefined
}

/** What the list is asked for. Never throws. */
export function listQuery(req: Pick<Request, 'query'>): ListQuery {
  const { id, selected, ...query } = querySchema.parse(req.query)
  const ids = [...(selected?.split('.') ?? []), ...[id ?? []].flat()]
  const wellFormed = ids.filter((one) => /^[\w-]{1,64}$/.test(one))
  if (wellFormed.length === 0) return query
  return { ...query, selected: [...new Set(wellFormed)].slice(0, SELECTED_MOST) }
}

/** The list's own address for that state: what is as usual is left out, so that one state has one address. */
export function listPath(query: Partial<ListQuery>): string {
  const parameters = new URLSearchParams(Object.entries(listFields(query)))
  // URLSearchParams leaves one character as it is that return-to.ts does not take.
  const text = parameters.toString().replaceAll('*', '%2A')
  return text ? `/campaigns?${text}` : '/campaigns'
}

/** The fields of that address. */
export function listFields({ sort, page, selected, ...query }: Partial<ListQuery>) {
  const { vendor, search, status, type, owner, from, to } = query
  const texts = { vendor, search, status, type, owner, from, to }
  const all = {
    ...texts,
    sort: sort && sortName(sort),
    page: page !== undefined && page > 1 ? String(page) : undefined,
    selected: selected?.join('.'),
  }
  const given = Object.entries(all).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return Object.fromEntries(given)
}

export function sortName({ by, down }: NonNullable<ListFilter['sort']>): string {
  return down ? `-${by}` : by
}
