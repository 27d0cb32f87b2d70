// This app's own key at a vendor that wants signed assertions in place of a client secret (RFC 7523 §2.2).
import { createPrivateKey } from 'node:crypto'

/** What a key has to be, in words that follow the name of its setting. */
export const PRIVATE_KEY_RULE =
  'must be a private key in PEM: RSA of at least 2048 bits, EC P-256 or Ed25519'

/** Reads a key in PEM, unencrypted, for signing. @throws Error */
export function signingKey(pem: string): CryptoKey {
  try {
    const key = createPrivateKey(pem)
    const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {}
    if (key.asymmetricKeyType === 'rsa' && modulusLength >= 2048)
      return key.toCryptoKey({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['sign'])
    if (namedCurve === 'prime256v1')
      return key.toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
    if (key.asymmetricKeyType === 'ed25519') return key.toCryptoKey('Ed25519', false, ['sign'])
  } catch {} // told below: Node's own words may hold a piece of the key
  throw new Error(PRIVATE_KEY_RULE)
}

export function isSigningKey(pem: string): boolean {
  try {
    return signingKey(pem) !== undefined
  } catch {
    return false
  }
}
