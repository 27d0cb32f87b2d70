// Names what must not be read in the store, a state or a cookie: 132 bits of its SHA-256.
import { hash } from 'node:crypto'

/** 22 characters of base64url; the same text has the same name. */
export function fingerprint(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22)
}
