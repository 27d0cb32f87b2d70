// Opens the store that the settings name, and turns its errors into one class.
import { join } from 'node:path'
import { readRedisUrl } from './redis/address.ts'
import type { StoreLog } from './redis/connection.ts'
import { createCommands, wrongKeys } from './step.ts'
import type { Command, Guard, OpenStore, Store } from './store.ts'

/** The store failed; whether a write was done is not known. */
export class StoreError extends Error {}

/** Redis when there is a URL, else the embedded store in `dataDir`. Only the engine that is used is loaded. */
export async function openStore(
  redisUrl: string | undefined,
  dataDir: string,
  log: StoreLog,
): Promise<OpenStore> {
  if (redisUrl !== undefined) {
    return withStoreErrors(await openByUrl(redisUrl, log))
  }
  const { openEmbedded } = await import('./embedded/embedded.ts')
  return withStoreErrors(openEmbedded(join(dataDir, 'campaign-sync.sqlite')))
}

/** @throws Error in one line, without the password */
export async function openByUrl(redisUrl: string, log: StoreLog = () => {}): Promise<OpenStore> {
  const address = readRedisUrl(redisUrl)
  switch (address.kind) {
    case 'one':
      return (await import('./redis/single.ts')).openRedis(address, { log })
    case 'cluster':
      return (await import('./redis/cluster.ts')).openCluster(address, { log })
    case 'sentinel':
      return (await import('./redis/sentinel.ts')).openSentinel(address, { log })
  }
}

/** Rejects with StoreError only. A key of another type is not ours: it is deleted, and the step runs again. */
export function withStoreErrors(store: OpenStore): OpenStore {
  const heal = async <T>(
    guards: readonly Guard[],
    commands: readonly Command[],
    run: () => Promise<T>,
  ): Promise<T> => {
    try {
      return await run()
    } catch (error) {
      const wrong = wrongKeys(error, guards, commands)
      if (wrong.length === 0) throw toStoreError(error)
      return store
        .step([{ del: wrong }])
        .then(run)
        .catch(throwStoreError)
    }
  }
  const step: Store['step'] = (commands) => heal([], commands, () => store.step(commands))
  const stepIf: Store['stepIf'] = (guards, commands) =>
    heal(guards, commands, () => store.stepIf(guards, commands))
  const batch: Store['batch'] = (commands) => heal([], commands, () => store.batch(commands))
  const ping = () => heal([], [], () => store.ping())
  return { ...store, step, stepIf, batch, ping, ...createCommands({ step }) }
}

function throwStoreError(error: unknown): never {
  throw toStoreError(error)
}

function toStoreError(error: unknown): StoreError {
  const message = error instanceof Error ? error.message : 'store failed'
  return new StoreError(message, { cause: error })
}
