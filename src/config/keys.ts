// Reads the two settings that are secrets of ours: what signs sessions, and what seals stored values.

/** How to make a secret; part of every message that asks for one. */
const MAKE_ONE = `make one with: openssl rand -base64 32`

export function readSessionSecrets(value: string | undefined, faults: string[]): string[] {
  if (value === undefined) faults.push(`SESSION_SECRET is not set: ${MAKE_ONE}`)
  const secrets = (value ?? '').split(',').map((secret) => secret.trim())
  if (
    value !== undefined &&
    secrets.some((secret) => secret.length < 32 || new Set(secret).size < 8)
  )
    faults.push(`SESSION_SECRET is too easy to guess, it needs 32 random characters: ${MAKE_ONE}`)
  return secrets
}

export function readKeys(
  value: string | undefined,
  sessionSecrets: string[],
  faults: string[],
): Uint8Array[] {
  if (value === undefined) faults.push(`ENCRYPTION_KEYS is not set: ${MAKE_ONE}`)
  const texts = (value ?? '').split(',').map((key) => key.trim())
  const keys = texts.map((key) =>
    /^[A-Za-z0-9+/_-]+=*$/.test(key) ? Buffer.from(key, 'base64') : Buffer.alloc(0),
  )
  if (value !== undefined && keys.some((key) => key.length !== 32 || new Set(key).size < 8))
    faults.push(
      `ENCRYPTION_KEYS must be base64 of 32 random bytes each, newest first, with commas: ${MAKE_ONE}`,
    )
  else if (texts.some((key) => key !== '' && sessionSecrets.includes(key)))
    faults.push(`ENCRYPTION_KEYS must not repeat SESSION_SECRET: ${MAKE_ONE}`)
  return keys
}
