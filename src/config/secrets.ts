// The secrets: what signs sessions and seals stored values, from settings or as the demo makes them.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { makeFolder, readTextFile } from '../files.ts'
import { randomText } from '../random.ts'
import { parseJson } from '../store/stored-text.ts'

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

const secretsSchema = z.object({
  sessionSecret: z.string().min(32),
  encryptionKey: z.string().min(43),
  demoClientSecret: z.string().min(32),
})

type DemoSecrets = z.infer<typeof secretsSchema>

/** Reads `secrets.json`, or makes it (mode 600). @throws Error when the folder cannot be written or the file is damaged */
export function demoSecrets(dataDir: string): DemoSecrets {
  const file = join(dataDir, 'secrets.json')
  const fresh: DemoSecrets = {
    sessionSecret: randomText(),
    encryptionKey: randomText(),
    demoClientSecret: randomText(),
  }
  makeFolder(dataDir)
  if (writeOnce(file, `${JSON.stringify(fresh, null, 2)}\n`)) return fresh
  const { data } = secretsSchema.safeParse(parseJson(readTextFile(file)))
  if (!data) throw new Error(`${file} is damaged: delete it to start the demo anew`)
  return data
}

/** False when it is there already. A disk that is full leaves no half of it. */
function writeOnce(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    rmSync(file, { force: true })
    throw error
  }
}
