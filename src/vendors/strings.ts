// Every text in a vendor file with the path of its field.

export type FieldPath = (string | number)[]

/** Walks objects and lists; `['api', 'push', 'path']` and its text, one after the other. */
export function* strings(value: unknown, path: FieldPath = []): Generator<[FieldPath, string]> {
  if (typeof value === 'string') yield [path, value]
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* strings(item, [...path, index])
  else if (typeof value === 'object' && value !== null)
    for (const [name, item] of Object.entries(value)) yield* strings(item, [...path, name])
}
