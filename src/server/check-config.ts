// `npm run check-config`: reads the settings, asks Redis, says what they come to without any secret, and does not serve.
import { openCampaigns } from '../campaigns/source.ts'
import type { Config } from '../config/config.ts'
import { redirectUri } from '../oauth/authorize.ts'
import { StartError } from './listen.ts'
import { listenProblem, probeRedis } from './probe.ts'

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
