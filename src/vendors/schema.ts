// Prints the JSON Schema of a vendor file, for editors: `npm run vendor:schema`; with `--docs` a table of its fields.
import { z } from 'zod'
import { descriptionOf } from './field-descriptions.ts'
import { vendorSchema } from './vendor.ts'

type JsonSchema = z.core.JSONSchema.BaseSchema

/**
 * JSON Schema, draft 2020-12, of what a file may hold, with a description of each field. What spans several fields is
 * only checked at start.
 */
export function vendorJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(vendorSchema, { io: 'input', reused: 'ref' })
  for (const [path, field] of fieldsOf(schema)) {
    const description = descriptionOf(path)
    if (description !== undefined) field.description ??= description
  }
  return { title: 'A vendor of Campaign Sync', ...schema }
}

/** Every field by its path, without list indexes, each path once; `*` stands for any name. */
export function vendorFields(): Map<string, JsonSchema> {
  const schema = z.toJSONSchema(vendorSchema, { io: 'input', reused: 'inline' })
  const fields = new Map<string, JsonSchema>()
  for (const [path, field] of fieldsOf(schema)) if (!fields.has(path)) fields.set(path, field)
  return fields
}

export function fieldTable(): string {
  const rows = [...vendorFields()].map(([path, { default: standard }]) => {
    const isShown = standard !== undefined && JSON.stringify(standard).length <= 60
    const otherwise = isShown ? `\`${JSON.stringify(standard)}\`` : ''
    return `| \`${path}\` | ${descriptionOf(path) ?? ''} | ${otherwise} |`
  })
  return `# Every field of a vendor file

Made by \`npm run vendor:schema -- --docs\`. [VENDORS.md](VENDORS.md) says how to write one. A path is without the indexes
of lists; \`*\` is any name. In place of a list of one the one may stand alone where the meaning says "signs".

| field | meaning | default |
|---|---|---|
${rows.join('\n')}
`
}

/** Fields of this schema and of those within it, at every place; a `$ref` is followed. */
function* fieldsOf(
  root: JsonSchema,
  schema: JsonSchema = root,
  path: string[] = [],
  followed: string[] = [],
): Generator<[string, JsonSchema]> {
  const { $ref, anyOf = [], oneOf = [], properties = {}, items, additionalProperties } = schema
  if ($ref !== undefined && followed.includes($ref)) return // a JSON value holds JSON values
  const target = $ref === undefined ? undefined : root.$defs?.[$ref.replace('#/$defs/', '')]
  const refs = $ref === undefined ? followed : [...followed, $ref]
  for (const same of [target, ...anyOf, ...oneOf, items].flat())
    if (isSchema(same)) yield* fieldsOf(root, same, path, refs)
  if (isSchema(additionalProperties))
    yield* fieldsOf(root, additionalProperties, [...path, '*'], refs)
  for (const [name, field] of Object.entries(properties)) {
    if (!isSchema(field)) continue
    yield [[...path, name].join('.'), field]
    yield* fieldsOf(root, field, [...path, name], refs)
  }
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null
}

if (import.meta.main)
  console.log(
    process.argv.includes('--docs')
      ? fieldTable().trimEnd()
      : JSON.stringify(vendorJsonSchema(), null, 2),
  )
