// What access is for, and how that is written in store keys and addresses.

/** `kind` is `session` where one access serves everything; its `id` is then empty. */
export interface Subject {
  kind: string
  id: string
}

/** `<kind>:<id>`, or `session`. */
export function formatSubject({ kind, id }: Subject): string {
  return kind === 'session' ? kind : `${kind}:${id}`
}

/** The inverse; undefined for any other text. */
export function parseSubject(text: string): Subject | undefined {
  if (text === 'session') return { kind: 'session', id: '' }
  const [, kind, id] = /^([a-z]+):([\w-]{1,64})$/.exec(text) ?? []
  return kind === undefined || id === undefined ? undefined : { kind, id }
}
