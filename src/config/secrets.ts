// The demo's secrets: made on first start, kept in DATA_DIR, so that a newcomer has nothing to set.
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { makeFolder, readTextFile } from '../files.ts'
import { parseJson } from '../store/stored-text.ts'

const secretsSchema = z.object({
  sessionSecret: z.string().min(32),
  encryptionKey: z.string().min(43),
  demoClientSecret: z.string().min(32),
})

type DemoSecrets = z.infer<typeof secretsSchema>

/** Reads `secrets.json`, or makes it (mode 600). @throws Error when the folder cannot be written or the file is damaged */
export function demoSecrets(dataDir: string): DemoSecrets {
  const file = join(dataDir, 'secrets.json')
  const secret = () => randomBytes(32).toString('base64url')
  const fresh: DemoSecrets = {
    sessionSecret: secret(),
    encryptionKey: secret(),
    demoClientSecret: secret(),
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
