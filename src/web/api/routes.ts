// The API described: for programs at /openapi.json, for people as a page made of the same document.
import { Router } from 'express'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { needs } from '../http/needs.ts'
import { commonPage } from '../page/page.ts'
import type { Page } from '../page/view-models.ts'

interface ApiPage extends Page {
  operations: ApiOperation[]
}

interface ApiOperation {
  /** `get` or `post`. */
  method: string
  path: string
  summary: string
  parameters: { name: string; in: string; description?: string | undefined }[]
  fields: { name: string; needed: boolean }[]
  responses: { status: string; schema?: string; description: string }[]
}

export function apiRoutes(context: Context): Router {
  const { publicUrl } = context.config
  const router = Router({ caseSensitive: true, strict: true })
  // Loaded when somebody asks: the app starts faster without.
  const read = async () => (await import('./document.ts')).createApiDocument(publicUrl)
  let document: ReturnType<typeof read> | undefined

  router.get('/openapi.json', needs('anybody'), async (_req, res) => {
    document ??= read()
    res.json(await document)
  })

  router.get('/api', needs('anybody'), async (req, res) => {
    document ??= read()
    const page = await commonPage(context, req, res, { title: 'API', path: '/api' })
    const operations = operationsOf(await document)
    res.render('api', { ...page, operations } satisfies ApiPage)
  })

  return router
}

/** What the page shows of an operation; the document's own types allow much that ours never has. */
const operationSchema = z.object({
  summary: z.string(),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), description: z.string().optional() }))
    .default([]),
  requestBody: z
    .object({
      content: z.object({
        'application/json': z.object({
          schema: z.object({
            properties: z.record(z.string(), z.unknown()).default({}),
            required: z.array(z.string()).default([]),
          }),
        }),
      }),
    })
    .optional(),
  responses: z.record(
    z.string(),
    z.object({
      description: z.string(),
      content: z.record(
        z.string(),
        z.object({ schema: z.object({ $ref: z.string().optional() }).optional() }),
      ),
    }),
  ),
})
const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
})

function operationsOf(document: unknown): ApiOperation[] {
  const { paths } = documentSchema.parse(document)
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method,
      path,
      summary: operation.summary,
      parameters: operation.parameters,
      fields: fieldsOf(operation),
      responses: responsesOf(operation),
    })),
  )
}

function fieldsOf({ requestBody }: z.infer<typeof operationSchema>): ApiOperation['fields'] {
  const { properties = {}, required = [] } = requestBody?.content['application/json'].schema ?? {}
  return Object.keys(properties).map((name) => ({ name, needed: required.includes(name) }))
}

function responsesOf({ responses }: z.infer<typeof operationSchema>): ApiOperation['responses'] {
  return Object.entries(responses).map(([status, { description, content }]) => {
    const schema = Object.values(content)[0]?.schema?.$ref?.split('/').at(-1)
    return { status, description, ...(schema !== undefined && { schema }) }
  })
}
