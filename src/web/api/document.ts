// The OpenAPI 3.1 document, made from the schemas that read requests and describe responses.
import { z } from 'zod'
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi'
import { STATUSES } from '../../sync/campaign-list.ts'
import { newTokenSchema } from '../api-tokens/routes.ts'
import { choiceSchema } from '../runs/choice.ts'
import { pressSchema } from '../sync/press.ts'
import * as responses from './responses.ts'

const id = z.string().regex(/^[\w-]{1,64}$/)
const wait = z
  .string()
  .regex(/^\d{1,4}$/)
  .optional()
  .meta({ description: 'Seconds to wait for an end or a change, 30 at most' })
const pressKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .optional()
  .meta({ description: 'The same key is the same press. Without one each is another' })
const vendorQuery = z.string().optional().meta({ description: 'The first vendor by default' })

const anyProblem = {
  description: 'A problem; which, `code` says',
  content: { 'application/problem+json': { schema: responses.problemResponse } },
}

interface Described {
  summary: string
  path?: Record<string, z.ZodType>
  query?: Record<string, z.ZodType>
  header?: Record<string, z.ZodType>
  body?: z.ZodType
  /** By status. */
  gives: Record<string, z.ZodType>
  /** Another way it may end than a problem in general. */
  also?: Record<string, string>
}

function operation({ summary, path, query, header, body, gives, also }: Described) {
  const good = Object.entries(gives).map(([code, schema]) => [
    code,
    { description: 'Done', content: { 'application/json': { schema } } },
  ])
  const problems = Object.entries(also ?? {}).map(([code, description]) => [
    code,
    { ...anyProblem, description },
  ])
  const operation: ZodOpenApiOperationObject = {
    summary,
    requestParams: {
      ...(path && { path: z.object(path) }),
      ...(query && { query: z.object(query) }),
      ...(header && { header: z.object(header) }),
    },
    ...(body && { requestBody: { content: { 'application/json': { schema: body } } } }),
    responses: { ...Object.fromEntries([...good, ...problems]), default: anyProblem },
  }
  return operation
}

const NEEDS_A_PERSON = 'E-AUTHORIZE: a person has to approve; `url` is the link for one'
const runNeedsAPerson = { '409': `${NEEDS_A_PERSON}. E-RUNS: three runs are under way` }

const campaignPaths: ZodOpenApiPathsObject = {
  '/campaigns': {
    get: operation({
      summary: 'The campaigns, and how each stands at one vendor',
      query: {
        search: z.string().optional(),
        status: z.enum(STATUSES).optional(),
        sort: z.string().optional().meta({ description: 'A column; `-` before it: downwards' }),
        page: z.string().optional(),
        vendor: vendorQuery,
      },
      gives: { '200': responses.campaignsResponse },
    }),
  },
  '/campaigns/{id}': {
    get: operation({
      summary: 'A campaign, and how it stands at every vendor',
      path: { id },
      gives: { '200': responses.campaignResponse },
    }),
  },
  '/campaigns/{id}/preview': {
    get: operation({
      summary: 'What a sync would send',
      path: { id },
      query: { vendor: vendorQuery },
      gives: { '200': responses.previewResponse },
    }),
    post: operation({
      summary: 'The same, and what the vendor has of it, where there is access',
      path: { id },
      body: z.object({ vendor: vendorQuery }),
      gives: { '200': responses.previewResponse },
    }),
  },
  '/campaigns/{id}/sync': {
    post: operation({
      summary: 'Sync a campaign: pushed once, however often it is sent under one key',
      path: { id },
      header: {
        'idempotency-key': pressKey,
      },
      body: pressSchema,
      gives: { '200': responses.intentResponse },
      also: { '409': NEEDS_A_PERSON },
    }),
  },
  '/intents/{id}': {
    get: operation({
      summary: 'How a press of Sync stands; kept for a day',
      path: { id },
      query: { wait },
      gives: { '200': responses.intentResponse },
    }),
  },
}

const runPaths: ZodOpenApiPathsObject = {
  '/runs': {
    get: operation({ summary: 'Your runs', gives: { '200': responses.runsResponse } }),
    post: operation({
      summary: 'Make a run of these campaigns, or all; it is not started',
      header: { 'idempotency-key': pressKey },
      body: choiceSchema,
      gives: { '201': responses.runResponse },
      also: {
        '409': 'E-UNCHANGED: nothing matches, or nothing of it is new or changed',
        '422': 'E-KEY-REUSED: the Idempotency-Key was used for another request',
      },
    }),
  },
  '/runs/{id}': {
    get: operation({
      summary: 'How a run stands',
      path: { id },
      query: { wait },
      gives: { '200': responses.runResponse },
    }),
  },
  '/runs/{id}/results': {
    get: operation({
      summary: 'What became of its campaigns, 50 a page',
      path: { id },
      query: {
        page: z.string().optional(),
        show: z
          .literal('attention')
          .optional()
          .meta({ description: 'Those that failed or are unknown' }),
      },
      gives: { '200': responses.resultsResponse },
    }),
  },
  '/runs/{id}/start': {
    post: operation({
      summary: 'Start it, or go on with it',
      path: { id },
      body: z.object({ access: z.enum(['now', 'renew']).optional() }),
      gives: { '202': responses.runResponse },
      also: runNeedsAPerson,
    }),
  },
  '/runs/{id}/stop': {
    post: operation({
      summary: 'Stop it after what is being sent',
      path: { id },
      gives: { '202': responses.runResponse },
    }),
  },
  '/runs/{id}/retry': {
    post: operation({
      summary: 'Try the failed campaigns of it again',
      path: { id },
      body: z.object({
        unknown: z.enum(['1', 'new']).optional(),
        item: z.int().optional().meta({ description: 'Index of one campaign, that one alone' }),
      }),
      gives: { '202': responses.runResponse },
      also: {
        '409': `${runNeedsAPerson['409']}. E-LEFT: more than the one of \`item\` would be sent`,
      },
    }),
  },
}

const subject = z.string().meta({ description: 'campaign:<id>, run:<id> or session' })

const otherPaths: ZodOpenApiPathsObject = {
  '/connections': {
    get: operation({ summary: 'Your access', gives: { '200': responses.connectionsResponse } }),
  },
  '/connections/{vendor}/{subject}/disconnect': {
    post: operation({
      summary: 'Give access back',
      path: { vendor: id, subject },
      gives: { '200': responses.disconnectResponse },
    }),
  },
  '/connections/{vendor}/{subject}/test': {
    post: operation({
      summary: 'Ask the vendor whether access works; nothing is pushed',
      path: { vendor: id, subject },
      gives: { '200': responses.testResponse },
    }),
  },
  '/tokens': {
    get: operation({ summary: 'API tokens', gives: { '200': responses.apiTokensResponse } }),
    post: operation({
      summary: 'Make an API token; it is given this once',
      body: newTokenSchema,
      gives: { '201': responses.madeTokenResponse },
    }),
  },
  '/tokens/{id}/revoke': {
    post: operation({
      summary: 'Revoke an API token, and forget its access',
      path: { id },
      gives: { '200': responses.revokedTokenResponse },
    }),
  },
  '/problems': {
    get: operation({
      summary: 'What each code of a problem means',
      gives: { '200': responses.problemsResponse },
    }),
  },
}

export type ApiDocument = ReturnType<typeof createApiDocument>

export function createApiDocument(publicUrl: string) {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Campaign Sync',
      version: '1.0.0',
      description:
        'Pushes campaigns to vendors whose access a person gives. Where one is needed the response has a link for them.',
    },
    servers: [{ url: publicUrl }],
    security: [{ apiToken: [] }],
    components: { securitySchemes: { apiToken: { type: 'http', scheme: 'bearer' } } },
    paths: { ...campaignPaths, ...runPaths, ...otherPaths },
  })
}
