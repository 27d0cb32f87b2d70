// A short hash that stands for a value that must not be readable in the store, a state or a cookie.
import { hash } from 'node:crypto'

/** 132 bits of the SHA-256, as 22 characters of base64url. */
export function fingerprint(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22)
}
