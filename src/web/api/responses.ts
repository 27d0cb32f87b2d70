// Every JSON response as a schema: the OpenAPI document is made of these, and tests hold real responses against it.
import { z } from 'zod'
import { campaignSchema } from '../../campaigns/campaign.ts'
import { ROLES } from '../../identity/identity.ts'
import { runSchema } from '../../runs/run.ts'
import { resultSchema } from '../../sync/intent.ts'

const isoTime = z.string().meta({ format: 'date-time', description: 'ISO 8601, UTC' })
const status = z
  .enum(['Not synced', 'Syncing', 'Paused', 'Synced', 'Changed', 'Partly', 'Failed', 'Unknown'])
  .meta({ description: 'How it stands at the vendor, in one word' })

/** RFC 9457. */
export const problemResponse = z
  .object({
    type: z.string().meta({ description: 'Leads to a page about the code' }),
    title: z.string(),
    status: z.number(),
    detail: z.string().meta({ description: 'What happened and what to do, for people' }),
    code: z.string().meta({ description: 'Stable: E-AUTHORIZE, E-TOKEN, …' }),
    instance: z.string().meta({ description: 'The reference by which the log has it' }),
    url: z
      .string()
      .optional()
      .meta({ description: 'E-AUTHORIZE: the link that a person has to open; else a way on' }),
    intent: z.string().optional(),
    run: z.string().optional(),
    because: z
      .enum(['none', 'unchanged', 'incomplete'])
      .optional()
      .meta({ description: 'E-UNCHANGED: why nothing is left to send' }),
    statusUrl: z
      .string()
      .optional()
      .meta({ description: 'How what waits goes on; takes ?wait=30' }),
    expiresAt: isoTime.optional(),
  })
  .meta({ id: 'Problem' })

export const intentResponse = z
  .object({
    campaign: z.string(),
    vendor: z.string(),
    intent: z.string(),
    state: z.enum(['requested', 'sending', 'unconfirmed', 'awaitingAccess', 'approved', 'settled']),
    status,
    text: z.string().meta({ description: 'The sentence that a person would read' }),
    result: resultSchema.optional(),
  })
  .meta({ id: 'Intent', description: 'What a press of Sync asked for, and how far it got' })

const campaign = campaignSchema.meta({ id: 'Campaign' })

export const campaignsResponse = z
  .object({
    campaigns: z.array(campaign).meta({ description: 'Those of this page' }),
    states: z
      .record(z.string(), z.object({ status, at: isoTime.optional() }))
      .meta({ description: 'By campaign id; empty while the store does not answer' }),
    found: z.number().meta({ description: 'After search and status' }),
    total: z.number(),
    page: z.number(),
    pages: z.number(),
  })
  .meta({ id: 'Campaigns' })

const historyEntry = z.object({
  at: isoTime,
  result: status,
  text: z.string(),
  tookMs: z.number().optional(),
  by: z.string().optional().meta({ description: 'The account at the vendor' }),
  person: z.string().optional().meta({ description: 'Who wanted it, where people sign in' }),
  intent: z.string(),
  detail: z.string().optional(),
})

export const campaignResponse = z
  .object({
    campaign,
    vendors: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        status: status.optional(),
        text: z.string(),
        isLive: z.boolean().meta({ description: 'What is synced there is public at once' }),
        externalId: z.string().optional(),
        externalUrl: z.string().optional(),
        history: z.array(historyEntry).meta({ description: 'The newest first, at most 20' }),
      }),
    ),
  })
  .meta({ id: 'CampaignAtVendors' })

export const previewResponse = z
  .object({
    campaign: z.string(),
    vendor: z.string(),
    plan: z.enum(['push', 'update', 'find', 'create', 'continue']),
    requests: z
      .array(
        z.object({
          method: z.string(),
          url: z.string(),
          headers: z.record(z.string(), z.string()),
          body: z.string().optional(),
        }),
      )
      .meta({ description: 'What would be sent; secrets are masked' }),
    lacks: z.string().optional().meta({ description: 'What it lacks to be sent' }),
    changed: z
      .array(z.string())
      .optional()
      .meta({ description: 'The fields that differ from what the vendor last accepted' }),
    unknown: z.string().optional().meta({ description: 'Why the requests cannot be shown' }),
    found: z
      .looseObject({ kind: z.enum(['one', 'none', 'several', 'failed']) })
      .optional()
      .meta({ description: 'What the vendor has, when it was asked' }),
  })
  .meta({ id: 'Preview' })

const { state, reason } = runSchema.shape

export const runResponse = z
  .object({
    id: z.string(),
    url: z.string(),
    vendor: z.string(),
    title: z.string(),
    name: z.string().meta({ description: 'The title, the vendor, and who approved' }),
    state,
    reason,
    interrupted: z.boolean().meta({ description: 'Nobody is at it any more; start goes on' }),
    total: z.number(),
    sent: z.number(),
    failed: z.number(),
    skipped: z.number(),
    unknown: z.number(),
    left: z.number(),
    leftOut: z
      .array(
        z.object({
          because: z.enum(['unchanged', 'incomplete']),
          message: z.string().optional(),
          count: z.number(),
          campaigns: z.array(z.object({ id: z.string(), name: z.string() })),
        }),
      )
      .meta({ description: 'Why some were chosen and do not go; each reason names its first' }),
    createdAt: isoTime.optional(),
    startedAt: isoTime.optional(),
    endedAt: isoTime.optional(),
  })
  .meta({ id: 'Run' })

export const resultsResponse = z
  .object({
    run: z.string(),
    results: z
      .array(
        z.object({
          campaign: z.string(),
          name: z.string(),
          status,
          text: z.string(),
          attempts: z.number(),
          at: isoTime.optional(),
          tookMs: z.number().optional(),
        }),
      )
      .meta({ description: 'Those that need attention first' }),
    page: z.number(),
    pages: z.number(),
    attention: z.number().meta({ description: 'How many failed or are unknown' }),
  })
  .meta({ id: 'RunResults' })

export const runsResponse = z.object({ runs: z.array(runResponse) }).meta({ id: 'Runs' })

export const connectionsResponse = z
  .object({
    vendors: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        connections: z.array(
          z.object({
            subject: z.string().meta({ description: 'campaign:<id>, run:<id> or session' }),
            account: z.string().optional(),
            since: isoTime,
            endsAt: isoTime
              .optional()
              .meta({ description: 'Missing where it is renewed by itself' }),
            scope: z.string().optional(),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'Connections' })

export const disconnectResponse = z.object({
  vendor: z.string(),
  subject: z.string(),
  was: z.boolean().meta({ description: 'There was access; either way it is forgotten here' }),
  revoked: z.boolean().optional().meta({ description: 'Whether the vendor confirmed' }),
})

export const testResponse = z.object({
  vendor: z.string(),
  subject: z.string(),
  kind: z.enum(['works', 'untested', 'none', 'forbidden', 'unclear']),
  account: z.object({ id: z.string(), name: z.string() }).optional(),
  message: z.string().optional(),
})

const apiTokenResponse = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z.enum(ROLES),
    roleNow: z
      .enum([...ROLES, 'none'])
      .optional()
      .meta({
        description: 'What it may do where that is less: its maker has fewer roles, or is away',
      }),
    why: z.string().optional(),
    madeBy: z.string().optional(),
    createdAt: isoTime,
    expiresAt: isoTime,
    lastUsedAt: isoTime.optional(),
  })
  .meta({ id: 'ApiToken' })

export const apiTokensResponse = z.object({ tokens: z.array(apiTokenResponse) })
export const madeTokenResponse = apiTokenResponse.extend({
  token: z.string().meta({ description: 'The token itself, this once' }),
})
export const revokedTokenResponse = z.object({ revoked: z.string() })

export const problemsResponse = z.object({
  problems: z.array(
    z.object({
      code: z.string(),
      cases: z.array(
        z.object({ status: z.number(), when: z.string(), seen: z.string(), action: z.string() }),
      ),
    }),
  ),
})
