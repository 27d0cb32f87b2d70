// A check at the start: a user without the rights, or a Redis too old, is found before a person presses anything.
import { randomUUID } from 'node:crypto'
import { ErrorReply } from 'redis'
import type { CommandOf, Commands, Store } from '../store.ts'

/**
 * Runs every command once by itself and then all in a step, on a key of its own. Errors that may pass (full, loading, a
 * replica) are ignored here. @throws ErrorReply the first that cannot pass
 */
export async function startupCheck({ step, stepIf }: Pick<Store, 'step' | 'stepIf'>) {
  const key = `probe:${randomUUID()}`
  const all = Object.values(examples(key)).map((command) => [command, { del: key }])
  for (const [command = { del: key }] of all) {
    await unlessFinal(step([command]))
    await unlessFinal(step([{ expire: key, ms: 1_000 }]))
    await unlessFinal(step([{ del: key }]))
  }
  await unlessFinal(stepIf([{ key, field: 'a', is: null }], all.flat()))
}

/** The compiler refuses a list in which one is missing. */
function examples(key: string): { [Name in keyof Commands]: CommandOf<Name> } {
  return {
    set: { set: key, value: '1', ms: 1_000, nx: true },
    get: { get: key },
    getDel: { getDel: key },
    del: { del: key },
    incr: { incr: key },
    expire: { expire: key, ms: 1_000 },
    hSet: { hSet: key, fields: { a: '1' } },
    hGetAll: { hGetAll: key },
    hMGet: { hMGet: key, fields: ['a'] },
    hDel: { hDel: key, fields: 'a' },
    hIncr: { hIncr: key, field: 'a', by: 1 },
    lPush: { lPush: key, value: '1', ms: 1_000 },
    lRange: { lRange: key, start: 0, stop: 0 },
    lTrim: { lTrim: key, start: 0, stop: 0 },
    zAdd: { zAdd: key, members: { value: 'a', score: 1 } },
    zmScore: { zmScore: key, members: ['a'] },
    zRangeByScoreWithScores: { zRangeByScoreWithScores: key, least: 0, most: 1 },
  }
}

async function unlessFinal(command: Promise<unknown>): Promise<void> {
  await command.catch((error: unknown) => {
    if (isFinal(error)) throw error
  })
}

function isFinal(error: unknown): boolean {
  return (
    error instanceof ErrorReply &&
    /NOPERM|user executing the script can't|unknown command|syntax error/i.test(error.message)
  )
}
