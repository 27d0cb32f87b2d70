// `npm run check-config`: reads the settings, asks Redis and this machine, says what they come to without any secret, and does not serve.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { openCampaigns } from '../campaigns/source.ts'
import type { Config } from '../config/config.ts'
import { redirectUri } from '../oauth/authorize.ts'
import { openByUrl } from '../store/open.ts'
import { readRedisUrl } from '../store/redis/address.ts'
import { addressFault, StartError } from './listen.ts'

/** ms after a first error in which it may still turn out to be a refusal. */
const REFUSED_WITHIN_MS = 300

/** `answers`: it took us. `away`: it may come back, and the app would wait for it. `refuses`: it will not take us. */
interface StoreReply {
  state: 'answers' | 'away' | 'refuses'
  text: string
}

/** Connects, runs every command on a key of its own and disconnects; within about 3 s. */
export async function probeRedis(redisUrl: string): Promise<StoreReply> {
  const { description } = readRedisUrl(redisUrl)
  const away = Promise.withResolvers<StoreReply>()
  const opened = openByUrl(redisUrl, (event, fields) => {
    const reason = 'message' in fields ? String(fields.message) : 'no answer'
    if (event === 'store.error')
      away.resolve({ state: 'away', text: `${description} does not answer: ${reason}` })
  })
  const reached = opened.then(
    async (store): Promise<StoreReply> => {
      const pinged = await store.ping().catch(() => undefined)
      await store.close()
      return pinged === undefined
        ? { state: 'away', text: `${description} does not answer` }
        : { state: 'answers', text: description }
    },
    (error: unknown): StoreReply => ({
      state: 'refuses',
      text: error instanceof Error ? error.message : String(error),
    }),
  )
  const stillAway = away.promise.then((reply) => wait(REFUSED_WITHIN_MS, reply))
  return Promise.race([reached, stillAway])
}

/** Why nobody can listen at `host` and `port` on this machine, in one line; undefined when somebody can. Port 0: any. */
export async function listenProblem(host: string, port = 0): Promise<string | undefined> {
  const server = createServer().listen(port, host)
  try {
    await once(server, 'listening')
    return undefined
  } catch (error) {
    return addressFault(error, host, port)
  } finally {
    server.close()
  }
}

/**
 * Says what the settings come to, a line each, and ends the process. @throws Error when the campaign file is broken, when
 * HOST is not ours or when Redis refuses us; one that does not answer is only said, because the app would wait for it
 */
export async function checkConfig(config: Config): Promise<never> {
  const hostProblem = await listenProblem(config.host)
  if (hostProblem !== undefined) throw new StartError(hostProblem)
  const campaigns = await openCampaigns(config.campaignsFile, () => {})
  const count = campaigns.all().length
  campaigns.close()
  const lines = [
    ['Listens at', `${config.host}:${config.port}`],
    ['People open', config.publicUrl],
    ['Store', await storeLine(config)],
    [
      'Secrets',
      `${config.sessionSecrets.length} for sessions, ${config.encryptionKeys.length} for sealing`,
    ],
    ['Campaigns', `${count} in ${config.campaignsFile}`],
    ...config.vendors.map(({ name, client }) => [
      'Vendor',
      `${name}, client ${client.id || 'none'}`,
    ]),
    ...config.vendors
      .filter(({ client }) => client.auth !== 'key')
      .map((vendor) => ['Redirect URI', redirectUri(config.publicUrl, vendor)]),
    ['Metrics', config.metricsToken === undefined ? 'off' : 'on'],
    [
      'Limits',
      `${config.rateLimit || 'no'} requests a minute, ${config.trustProxy} proxies believed`,
    ],
  ]
  console.log(lines.map(([name = '', value]) => `${name.padEnd(14)}${value}`).join('\n'))
  console.log('The settings are good.')
  process.exit(0)
}

async function storeLine({ redisUrl, dataDir }: Config): Promise<string> {
  if (redisUrl === undefined) return `embedded, in ${dataDir}`
  const { state, text } = await probeRedis(redisUrl)
  if (state === 'refuses') throw new StartError(`REDIS_URL: ${text}`)
  return text
}
