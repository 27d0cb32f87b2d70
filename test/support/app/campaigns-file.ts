// A campaign file of a test's own, for the setting CAMPAIGNS.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Writes it; it is removed when the test has ended. Gives its path. */
export function campaignsFile(campaigns: { id: string; name: string }[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'campaigns-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'campaigns.json')
  writeFileSync(file, JSON.stringify(campaigns))
  return file
}
