// Entry of `npm run vendor:new -- https://issuer.example [FILE]`: writes a vendor file from the server's own metadata.
import { writeFileSync } from 'node:fs'
import { createHttp } from '../http/client.ts'
import { environmentPrefix } from '../vendors/load.ts'
import { urlFault } from '../vendors/url.ts'
import { draftVendor } from './draft.ts'
import { fetchMetadata } from './metadata.ts'

const [issuer, name] = process.argv.slice(2).filter((one) => !one.startsWith('-'))
const fault = issuer === undefined ? undefined : urlFault(issuer)
if (issuer === undefined || fault !== undefined) {
  console.error(fault ?? 'Which issuer? npm run vendor:new -- https://issuer.example [acme.json]')
  process.exit(1)
}
const http = createHttp(2)
try {
  await writeDraft(issuer)
} catch (error) {
  console.error(`✗ ${error instanceof Error ? error.message : 'it did not work'}`)
  process.exitCode = 1
} finally {
  await http.close()
}

async function writeDraft(from: string) {
  const found = await fetchMetadata(http, from)
  if (!found) throw new Error(`${from} publishes no metadata (RFC 8414, OpenID Connect discovery)`)
  const { file, toWrite } = draftVendor(from, found.metadata, found.url)
  const path = name ?? `./${file.id}.json`
  writeNew(path, `${JSON.stringify(file, null, 2)}\n`)
  const prefix = environmentPrefix(file.id)
  console.log(`✓ ${path} is written. What is still to be done:`)
  for (const line of toWrite) console.log(`→ ${line}`)
  console.log(`→ in the environment: ${prefix}CLIENT_ID, ${prefix}CLIENT_SECRET`)
  console.log(`→ npm run vendor:check ${path}`)
}

/** @throws Error when there is such a file: it is never overwritten */
function writeNew(path: string, text: string) {
  try {
    writeFileSync(path, text, { flag: 'wx' })
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw isThere ? new Error(`${path} is there already and is not overwritten`) : error
  }
}
