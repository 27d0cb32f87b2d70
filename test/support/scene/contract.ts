// Holds every JSON response that a test got against the OpenAPI document that the app serves.
import { expect } from 'vitest'
import { z } from 'zod'
import type { Visit } from '../browser/http-visitor.ts'

const mediaSchema = z.record(z.string(), z.object({ schema: z.looseObject({}) }))
const documentSchema = z.object({
  components: z.object({ schemas: z.record(z.string(), z.looseObject({})) }),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ responses: z.record(z.string(), z.object({ content: mediaSchema })) }),
    ),
  ),
})

type Judge = (visit: Visit) => { operation: string; faults: string[] } | undefined
let judge: Promise<Judge> | undefined

/** The operation of a JSON response and what is wrong with it; undefined for a page, and for what is no operation. */
export async function judged(visit: Visit): Promise<ReturnType<Judge>> {
  judge ??= createJudge()
  return (await judge)(visit)
}

/** Loads what it needs when there is JSON to judge: most tests have none. */
export async function expectAsDocumented(visits: Visit[]): Promise<void> {
  const json = visits.filter(({ headers }) => /[/+]json/.test(String(headers['content-type'])))
  const all = await Promise.all(json.map(judged))
  expect(all.flatMap((one) => one?.faults ?? [])).toEqual([])
}

/** References are told where the schemas lie: each is compiled by itself. */
async function createJudge(): Promise<Judge> {
  const { Ajv2020 } = await import('ajv/dist/2020.js')
  const { createApiDocument } = await import('../../../src/web/api/document.ts')
  const { components, paths } = documentSchema.parse(createApiDocument('http://localhost'))
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema({ $id: 'doc', components })
  const compile = (schema: object) =>
    ajv.compile(
      z.looseObject({}).parse(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc#/'))),
    )
  const compiled = new Map<string, ReturnType<typeof compile>>()
  const templates = Object.keys(paths).map((path) => ({
    path,
    matches: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }))

  return ({ method, url, status, headers, body }) => {
    const path = templates.find(({ matches }) => matches.test(url.pathname))?.path ?? ''
    const { responses } = paths[path]?.[method.toLowerCase()] ?? {}
    const type = String(headers['content-type']).split(';')[0] ?? ''
    const schema = (responses?.[status] ?? responses?.default)?.content[type]?.schema
    if (!responses) return undefined
    const operation = `${method} ${path} ${status}`
    if (!schema) return { operation, faults: [`${operation} gave ${type}`] }
    const check = compiled.get(operation + type) ?? compile(schema)
    compiled.set(operation + type, check)
    check(JSON.parse(body))
    const faults = (check.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${operation} ${instancePath} ${message} ${JSON.stringify(params)}`,
    )
    return { operation, faults }
  }
}
