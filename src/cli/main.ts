// Entry of the command `campaign-sync`: reads what was typed, does it, and ends with a code that scripts can use.

import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { environment } from '../config/config.ts'
import { lookUp } from '../config/settings.ts'
import { ownFile } from '../files.ts'
import { readArguments, type Typed, USAGE, UsageError } from './arguments.ts'
import { createClient } from './client.ts'
import { type CommandInput, listCampaigns, NOT_DONE, syncCampaign } from './commands.ts'
import { doctorCommand } from './doctor.ts'
import { createOutput } from './output.ts'
import { runCommand } from './runs.ts'
import { statusCommand } from './status.ts'

const NOT_UNDERSTOOD = 2
const COMMANDS = {
  list: listCampaigns,
  sync: syncCampaign,
  run: runCommand,
  status: statusCommand,
  doctor: doctorCommand,
}

try {
  const typed = readArguments(process.argv.slice(2))
  if (typed === 'help') console.log(USAGE)
  else if (typed === 'version') console.log(version())
  else if (typed.command === 'start') await startServer()
  else if (typed.command === 'vendor') await vendorCommand(typed.about)
  else if (typed.command === 'doctor' && typed.options.server) await startServer('--doctor')
  else process.exitCode = await speak(COMMANDS[typed.command], typed)
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  if (error instanceof UsageError) console.error('\ncampaign-sync --help says what there is.')
  process.exitCode = error instanceof UsageError ? NOT_UNDERSTOOD : NOT_DONE
}

async function speak(
  command: (about: CommandInput) => Promise<number>,
  { about, options }: Typed,
): Promise<number> {
  const faults: string[] = []
  const settings = environment()
  const url = options.url ?? lookUp(settings, 'CAMPAIGN_SYNC_URL', faults)
  const token = lookUp(settings, 'CAMPAIGN_SYNC_TOKEN', faults)
  if (faults.length > 0) throw new UsageError(faults.join('\n'))
  const client = createClient(url ?? 'http://localhost:3000', token)
  try {
    return await command({ client, output: createOutput(options.json), about, options })
  } finally {
    await client.close()
  }
}

/** These read what was typed by themselves, as they do under `npm run`. */
async function startServer(...options: string[]): Promise<void> {
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...options)
  await import('../server.ts')
}

async function vendorCommand([what, ...rest]: string[]): Promise<void> {
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...rest)
  if (what === 'check') await import('../vendor-check/main.ts')
  else await import('../vendor-check/new.ts')
}

function version(): string {
  const text = readFileSync(ownFile('package.json'), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version
}
