// Texts that want to be more than text, and the check that a page took them as text only.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { z } from 'zod'

const FILE = join(import.meta.dirname, '..', '..', 'data', 'hostile-names.json')

/** Names, vendor messages, parameters: whatever comes from outside and is shown. */
export const HOSTILE = z.array(z.string()).parse(JSON.parse(readFileSync(FILE, 'utf8')))

/** Elements that our pages never have, and addresses: one that shows up was made by a text. */
const NOT_OURS =
  /<(?:img(?! src="\/favicon\.[0-9a-f]{10}\.svg")|iframe|base|math|video|details open|body [^>]|style|textarea|script(?! src="\/(?:app|list)\.[0-9a-f]{10}\.js"))|\s(?:href|action|src)="(?:javascript|https?:\/\/evil)/i
/** Looked for where no value of an attribute is. */
const HANDLER = /<[^>]*(?:\son\w+|http-equiv)=/i

/** The page has no markup but its own, and nothing was computed. */
export function expectTextOnly(html: string): void {
  const bare = html.replaceAll(/="[^"]*"/g, '=""')
  const found = NOT_OURS.exec(html)?.[0] ?? HANDLER.exec(bare)?.[0] ?? null
  expect(found).toBeNull()
  expect(html.includes(String(7919 * 7907))).toBe(false)
}
