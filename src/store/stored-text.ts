// Texts in the store: a fingerprint in place of what must not be readable, and JSON that may be anything.
import { hash } from 'node:crypto'

/** 132 bits of the SHA-256, as 22 characters of base64url. */
export function fingerprint(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22)
}

/** The value, or undefined when the text is not JSON. Callers check its shape with a schema. */
export function parseJson(
  text: string | null,
  reviver?: (name: string, value: unknown) => unknown,
): unknown {
  if (text === null) return undefined
  try {
    return JSON.parse(text, reviver)
  } catch {
    return undefined
  }
}
