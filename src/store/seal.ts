// Sealing of stored values: JWE dir/A256GCM, bound to the store key they lie under, with key rotation.
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { randomBytes } from '../random.ts'
import { parseJson } from './stored-text.ts'

const CIPHER = 'aes-256-gcm'
const TAG_BYTES = 16
const IV_BYTES = 12
const KEY_BYTES = 32
/** Constant, so not stored: `{"alg":"dir","enc":"A256GCM"}`. */
const PROTECTED = Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM' })).toString('base64url')
/** Key id, 96-bit IV, ciphertext, 128-bit tag: each base64url. */
const SEALED = /^([\w-]{6})\.([\w-]{16})\.([\w-]+)\.([\w-]{22})$/
/** Characters; the time to open a value grows with its length. */
const LONGEST = 262_144

export type Sealer = ReturnType<typeof createSealer>

/**
 * Seals with the first of `keys` and opens with any (32 random bytes each), as flattened JWE (RFC 7516) without its
 * constant parts. By node:crypto: docs/decisions/011-sealing-with-node-crypto.md. @throws RangeError
 */
export function createSealer(keys: readonly Uint8Array[]) {
  const ring = new Map(keys.map((raw) => [keyId(raw), raw]))
  const [newest] = ring
  if (!newest) throw new RangeError('at least one encryption key is needed')
  const [newestId, newestKey] = newest

  return {
    /** `kid.iv.ciphertext.tag`. @throws TypeError when JSON cannot hold it, RangeError when it is too long */
    async seal(key: string, value: unknown): Promise<string> {
      const json = JSON.stringify(value)
      if (json === undefined) throw new TypeError('JSON has no way to write this value')
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv(CIPHER, newestKey, iv, { authTagLength: TAG_BYTES }).setAAD(
        boundTo(key),
      )
      const ciphertext = Buffer.concat([cipher.update(json, 'utf8'), cipher.final()])
      const parts = [iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'))
      const sealed = [newestId, ...parts].join('.')
      if (sealed.length > LONGEST) throw new RangeError('this value is too long to be sealed')
      return sealed
    },

    /** Undefined for anything that was not sealed for this `key` by one of our keys. */
    async open(key: string, sealed: string | null): Promise<unknown> {
      if (typeof sealed !== 'string' || sealed.length > LONGEST) return undefined
      const [, id = '', ...parts] = SEALED.exec(sealed) ?? []
      const secret = ring.get(id)
      const [iv, ciphertext, tag] = parts.map((part) => Buffer.from(part, 'base64url'))
      if (!secret || !iv || !ciphertext || !tag) return undefined
      // The last character of base64url has spare bits: without this two texts would open as one value.
      if (ciphertext.toString('base64url') !== parts[1] || tag.toString('base64url') !== parts[2])
        return undefined
      try {
        const decipher = createDecipheriv(CIPHER, secret, iv, { authTagLength: TAG_BYTES })
        decipher.setAAD(boundTo(key)).setAuthTag(tag)
        return parseJson(decipher.update(ciphertext, undefined, 'utf8') + decipher.final('utf8'))
      } catch {
        return undefined
      }
    },
  }
}

/** Additional authenticated data as RFC 7516 §5.1 joins it. Never empty: jose would not open it. */
function boundTo(key: string): Buffer {
  return Buffer.from(`${PROTECTED}.${Buffer.from(`store:${key}`).toString('base64url')}`, 'ascii')
}

/** Names a key without giving it away: 36 bits of a hash of 256 random bits. @throws RangeError */
function keyId(raw: Uint8Array): string {
  if (raw.length !== KEY_BYTES)
    throw new RangeError(`an encryption key must have ${KEY_BYTES} bytes`)
  return createHash('sha256')
    .update('campaign-sync kid')
    .update(raw)
    .digest('base64url')
    .slice(0, 6)
}
