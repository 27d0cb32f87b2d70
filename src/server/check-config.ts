// `node src/server.ts --check-config`: reads the settings, says what they come to without any secret, and does not listen.
import { openCampaigns } from '../campaigns/source.ts'
import type { Config } from '../config/config.ts'
import { redirectUri } from '../oauth/authorize.ts'
import { readRedisUrl } from '../store/redis/address.ts'

/** Says what the settings come to, a line each, and ends the process. @throws Error when the campaign file is broken */
export async function checkConfig(config: Config): Promise<never> {
  const campaigns = await openCampaigns(config.campaignsFile, () => {})
  const count = campaigns.all().length
  campaigns.close()
  const lines = [
    ['Listens at', `${config.host}:${config.port}`],
    ['People open', config.publicUrl],
    [
      'Store',
      config.redisUrl === undefined
        ? `embedded, in ${config.dataDir}`
        : readRedisUrl(config.redisUrl).description,
    ],
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
