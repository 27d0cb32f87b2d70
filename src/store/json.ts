// Reading JSON that may be anything: a stored value, a vendor's body.

/** The value, or undefined when the text is not JSON. Callers check its shape with a schema. */
export function parseJson(text: string | null): unknown {
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
