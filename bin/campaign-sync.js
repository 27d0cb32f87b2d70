#!/usr/bin/env node
// The command: in this repository Node runs the TypeScript; an installed package has it emitted (npm run build).
import { existsSync } from 'node:fs'

const source = new URL('../src/cli/main.ts', import.meta.url)
const emitted = new URL('../dist/cli/main.js', import.meta.url)
const isRepository = existsSync(source)
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 12)) {
  console.error(`campaign-sync needs Node 24.12 or newer, and this is ${process.versions.node}.`)
  if (isRepository) console.error('npm ci brought one: npx node bin/campaign-sync.js')
  process.exit(2)
}
await import((isRepository ? source : emitted).href)
