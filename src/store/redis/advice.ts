// What of a Redis server's own settings would lose data of ours: read from its INFO.
import { readRedisUrl } from './address.ts'
import { openRedis } from './single.ts'

/** A line for each setting to change; none of a cluster or behind sentinels, which are not asked. @throws Error when it is away */
export async function adviceOn(redisUrl: string): Promise<string[]> {
  const address = readRedisUrl(redisUrl)
  if (address.kind !== 'one') return []
  const { client, close } = await openRedis(address)
  try {
    return adviceFrom(String(await client.sendCommand(['INFO'])))
  } finally {
    await close()
  }
}

export function adviceFrom(info: string): string[] {
  const value = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  const policy = value('maxmemory_policy')
  return [
    ...(policy === undefined || policy === 'noeviction'
      ? []
      : [`maxmemory-policy is ${policy}: it drops push locks; set noeviction`]),
    ...(value('aof_enabled') === '0'
      ? ['appendonly is off: a restart of Redis forgets who approved what; set appendonly yes']
      : []),
  ]
}
