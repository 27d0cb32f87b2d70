// A campaign: what is pushed. The schema names each fault of a campaign file.
import { z } from 'zod'

/** `[A-Za-z0-9_-]{1,64}`: nothing that means anything in a URL, a path or a store key. */
export const CAMPAIGN_ID = /^[A-Za-z0-9_-]{1,64}$/

/** A control character other than tab and newline (LF or CRLF). Bidi and zero-width ones pass: views isolate. */
const CONTROL = /[^\P{Cc}\t\n\r]|\r(?!\n)/u
/** A character that leaves ink. A name without one is a link nobody can see. */
const INK = /[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u

const needed = (issue: { input?: unknown }) =>
  issue.input === undefined ? 'is required' : 'must be text, in quotes'

/** Text as it was written, of at most `max` UTF-16 units. Only a view may shorten or escape it. */
const text = (max: number) =>
  z
    .string({ error: needed })
    .max(max, `must be at most ${max} characters`)
    .refine(
      (value) => value.isWellFormed(),
      'must be whole characters, not half of a surrogate pair',
    )
    .refine(
      (value) => !CONTROL.test(value),
      'must not have control characters other than tab and newline',
    )

const label = (max: number) => text(max).trim().min(1, 'must not be blank')

const isoDate = z.iso.date('must be a date, YYYY-MM-DD')

const AMOUNT = 'must be a number from 0 to 1000000000000, like 12000 or 12000.50'
const CURRENCY = 'must be an ISO 4217 code, like EUR'
const DECIMAL = /^\d{1,13}(\.\d+)?$/

export const campaignSchema = z.looseObject({
  id: z.string({ error: needed }).regex(CAMPAIGN_ID, 'must be 1 to 64 of A-Z a-z 0-9 _ -'),
  name: text(20_000).refine((value) => INK.test(value), 'must not be blank'),
  type: label(60).default('Email'),
  status: label(60).default('Planned'),
  startDate: isoDate.optional(),
  endDate: isoDate.optional(),
  /** In whole units of `currency`, not cents. A CSV cell and a quoted number are read as decimals, never hex. */
  budget: z
    .union([z.number(), z.string().regex(DECIMAL).transform(Number)], AMOUNT)
    .pipe(z.number().min(0, AMOUNT).max(1e12, AMOUNT))
    .optional(),
  currency: z
    .string(CURRENCY)
    .regex(/^[A-Z]{3}$/, CURRENCY)
    .default('EUR'),
  owner: label(120).optional(),
  description: text(5000).optional(),
})

/** Other fields are kept. */
export type Campaign = z.infer<typeof campaignSchema>
