// Emits src/ as JavaScript into dist/, for the npm package: Node strips no types in node_modules. What is no code goes along.
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'

const SRC = join(import.meta.dirname, '..', 'src')
const DIST = join(import.meta.dirname, '..', 'dist')
/** A relative import of a file of ours, static or not. */
const IMPORT = /((?:from|import)\s*\(?\s*'\.{1,2}\/[^']+)\.ts'/g

rmSync(DIST, { recursive: true, force: true })
cpSync(SRC, DIST, { recursive: true, filter: (path) => !path.endsWith('.ts') })
for (const file of globSync('**/*.ts', { cwd: SRC })) {
  const to = join(DIST, file.replace(/\.ts$/, '.js'))
  mkdirSync(dirname(to), { recursive: true })
  // The same code as Node runs from the source: types become blanks, and lines stay where they are.
  const code = stripTypeScriptTypes(readFileSync(join(SRC, file), 'utf8'))
  writeFileSync(to, code.replaceAll(IMPORT, "$1.js'"))
}
