// The demo's secrets: made on first start, kept in DATA_DIR, so that a newcomer has nothing to set.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const secretsSchema = z.object({
  sessionSecret: z.string().min(32),
  encryptionKey: z.string().min(43),
  demoClientSecret: z.string().min(32),
})

export type DemoSecrets = z.infer<typeof secretsSchema>

/**
 * Reads `secrets.json` of the folder, or makes it (mode 600). Two processes that start at once end with the same file.
 * @throws Error when the folder cannot be written or the file is not what this wrote.
 */
export function demoSecrets(dataDir: string): DemoSecrets {
  const file = join(dataDir, 'secrets.json')
  const secret = () => randomBytes(32).toString('base64url')
  const fresh: DemoSecrets = { sessionSecret: secret(), encryptionKey: secret(), demoClientSecret: secret() }
  mkdirSync(dataDir, { recursive: true })
  try {
    writeFileSync(file, `${JSON.stringify(fresh, null, 2)}\n`, { flag: 'wx', mode: 0o600 })
    return fresh
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const { data } = secretsSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!data) throw new Error(`${file} is damaged: delete it to start the demo anew`)
  return data
}
