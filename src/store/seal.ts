// Sealing of stored values: JWE dir/A256GCM, bound to the store key they lie under, with key rotation.
import { createHash, webcrypto } from 'node:crypto'
import { base64url, FlattenedEncrypt, flattenedDecrypt } from 'jose'

const HEADER = { alg: 'dir', enc: 'A256GCM' }
/** The same for every value, so it is not stored. */
const PROTECTED = base64url.encode(JSON.stringify(HEADER))
const ALGORITHMS = { keyManagementAlgorithms: [HEADER.alg], contentEncryptionAlgorithms: [HEADER.enc] }
/** Key id, 96-bit IV, ciphertext, 128-bit tag: each base64url. */
const SEALED = /^([\w-]{6})\.([\w-]{16})\.([\w-]+)\.([\w-]{22})$/
/** Characters. Tokens and intents are far smaller, and the work to open a value grows with its length. */
const LONGEST = 262_144
const KEY_BYTES = 32

export type Sealer = ReturnType<typeof createSealer>

/**
 * Seals with the first of `keys` and opens with any of them: newest first, 32 random bytes each.
 * @throws RangeError when there is no key or one has not 32 bytes
 */
export function createSealer(keys: readonly Uint8Array[]) {
  const ring = new Map(keys.map((raw) => [keyId(raw), importKey(raw)]))
  const [newest] = ring
  if (!newest) throw new RangeError('at least one encryption key is needed')
  const [newestId, newestKey] = newest

  return {
    /**
     * Gives `kid.iv.ciphertext.tag` for a value that JSON can carry, to be stored under `key` and no other.
     * @throws TypeError when JSON cannot carry the value, RangeError when it is longer than `open` takes
     */
    async seal(key: string, value: unknown): Promise<string> {
      const json = JSON.stringify(value)
      if (json === undefined) throw new TypeError('JSON has no way to write this value')
      const jwe = await new FlattenedEncrypt(Buffer.from(json))
        .setProtectedHeader(HEADER)
        .setAdditionalAuthenticatedData(Buffer.from(place(key)))
        .encrypt(await newestKey)
      const sealed = `${newestId}.${jwe.iv}.${jwe.ciphertext}.${jwe.tag}`
      if (sealed.length > LONGEST) throw new RangeError('this value is too long to be sealed')
      return sealed
    },

    /** The value, or undefined for anything that was not sealed for this `key` by one of our keys. */
    async open(key: string, sealed: string | null): Promise<unknown> {
      if (typeof sealed !== 'string' || sealed.length > LONGEST) return undefined
      const [, id = '', iv = '', ciphertext = '', tag = ''] = SEALED.exec(sealed) ?? []
      const secret = ring.get(id)
      if (!secret) return undefined
      const jwe = { protected: PROTECTED, iv, ciphertext, tag, aad: base64url.encode(place(key)) }
      try {
        if (!canonical(ciphertext) || !canonical(tag)) return undefined
        const { plaintext } = await flattenedDecrypt(jwe, await secret, ALGORITHMS)
        return JSON.parse(Buffer.from(plaintext).toString())
      } catch {
        return undefined
      }
    },
  }
}

/** What a value is bound to. Never empty: jose seals with an empty one and then does not open. */
const place = (key: string) => `store:${key}`

/** Names a key without giving it away: 36 bits of a hash of 256 random bits. */
function keyId(raw: Uint8Array): string {
  return createHash('sha256').update('campaign-sync kid').update(raw).digest('base64url').slice(0, 6)
}

/** @throws RangeError at once when the key has not 32 bytes, so that the promise cannot reject later */
function importKey(raw: Uint8Array): Promise<webcrypto.CryptoKey> {
  if (raw.length !== KEY_BYTES) throw new RangeError(`an encryption key must have ${KEY_BYTES} bytes`)
  return webcrypto.subtle.importKey('raw', Buffer.from(raw), 'AES-GCM', false, ['encrypt', 'decrypt'])
}

/** The last character of base64url has spare bits: without this check two texts would open as one value. */
function canonical(text: string): boolean {
  return base64url.encode(base64url.decode(text)) === text
}
