// What was typed: a command, what it is about, and options.
import { parseArgs } from 'node:util'

export const USAGE = `campaign-sync: syncs campaigns by way of a Campaign Sync that runs somewhere.

  campaign-sync list [--search TEXT] [--status STATUS]   campaigns, and how each stands
  campaign-sync sync ID [--key KEY]                      sync one; the same key again is the same sync
  campaign-sync run ID… | --all | --status STATUS        make a run of many, and start it; --key KEY likewise
  campaign-sync status [ID]                              a sync, a run or a campaign; else all runs and access
  campaign-sync doctor [--server]                        what is wrong, and what to do; --server: with the settings here
  campaign-sync vendor check FILE… | vendor new ISSUER [FILE]
  campaign-sync start                                    the app itself

  --vendor ID   the vendor, when there are several       --wait   until it has ended, and a person has approved
  --url URL     where the app is                         --json   what the app said, for programs
  --help, --version

Settings: CAMPAIGN_SYNC_URL (http://localhost:3000), CAMPAIGN_SYNC_TOKEN (made on the page /tokens), or a file named by
CAMPAIGN_SYNC_TOKEN_FILE; also in .env.
Exit codes: 0 done, or nothing to do; 1 not done; 2 not understood; 3 a person is needed, and the link for one is printed.`

const COMMANDS = ['list', 'sync', 'run', 'status', 'doctor', 'vendor', 'start'] as const
type Command = (typeof COMMANDS)[number]

const options = {
  search: { type: 'string' },
  status: { type: 'string' },
  vendor: { type: 'string' },
  key: { type: 'string' },
  url: { type: 'string' },
  all: { type: 'boolean', default: false },
  wait: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  server: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
} as const

/** Something typed that makes no sense; the message says what. */
export class UsageError extends Error {}

export type Options = ReturnType<typeof parseTyped>['values']

export interface Typed {
  command: Command
  /** What the command is about: ids, files. */
  about: string[]
  options: Options
}

/** @param typed what stands behind the command's own name. @throws UsageError */
export function readArguments(typed: string[]): Typed | 'help' | 'version' {
  const { values, positionals } = parsed(typed)
  if (values.version) return 'version'
  const [name, ...about] = positionals
  if (values.help || name === undefined) return 'help'
  const command = COMMANDS.find((one) => one === name)
  if (!command) throw new UsageError(`There is no command "${name}".`)
  if (command === 'sync' && about.length !== 1)
    throw new UsageError('sync takes one campaign’s id.')
  const isChosen = about.length > 0 || values.all || values.status !== undefined
  if (command === 'run' && !isChosen)
    throw new UsageError('run takes ids of campaigns, --all, or a --status.')
  if (command === 'vendor' && !['check', 'new'].includes(about[0] ?? ''))
    throw new UsageError('vendor takes check or new.')
  return { command, about, options: values }
}

/** An id of a sync or a run: one in 64 begins as an option does, and no option is so long. */
const ID_LIKE_OPTION = /^-(?:[\w-]{21}|[\w-]{31})$/

function parsed(typed: string[]) {
  const ids = typed.filter((word) => ID_LIKE_OPTION.test(word))
  try {
    const { values, positionals } = parseTyped(typed.filter((word) => !ids.includes(word)))
    return { values, positionals: [...positionals, ...ids] }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function parseTyped(args: string[]) {
  return parseArgs({ args, options, allowPositionals: true })
}
