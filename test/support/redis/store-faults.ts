// Trouble between the app and its store, made inside the process: writes that wait, that fail, and whose reply is lost.

import { StoreError } from '../../../src/store/open.ts'
import type { Command } from '../../../src/store/store.ts'
import type { TestApp } from '../app/app.ts'

/** Calls `before` ahead of each write of a key that begins so, or of a field's removal from it, by itself or in a step; gives what undoes that. */
function beforeWrites({ context: { store } }: TestApp, prefix: string, before: () => unknown) {
  const { set, hDel, step, stepIf } = store
  const isMeant = (commands: readonly Command[]) =>
    commands.some((one) => {
      if ('set' in one) return one.set.startsWith(prefix)
      return 'hDel' in one && one.hDel.startsWith(prefix)
    })
  store.set = async (key, value, options) => {
    if (key.startsWith(prefix)) await before()
    return set(key, value, options)
  }
  store.hDel = async (key, fields) => {
    if (key.startsWith(prefix)) await before()
    return hDel(key, fields)
  }
  store.step = async (commands) => {
    if (isMeant(commands)) await before()
    return step(commands)
  }
  store.stepIf = async (guards, commands) => {
    if (isMeant(commands)) await before()
    return stepIf(guards, commands)
  }
  return () => void Object.assign(store, { set, hDel, step, stepIf })
}

/** Holds the next write of a key that begins so, until released. */
export function holdWrite(app: TestApp, prefix: string) {
  const arrived = Promise.withResolvers<void>()
  const open = Promise.withResolvers<void>()
  const undo = beforeWrites(app, prefix, () => {
    undo()
    arrived.resolve()
    return open.promise
  })
  return { arrived: arrived.promise, release: () => open.resolve() }
}

/** Writes of keys that begin so fail from now on, as when Redis is full; gives what makes them work again. */
export function failWrites(app: TestApp, prefix: string): () => void {
  return beforeWrites(app, prefix, () => {
    throw new StoreError('OOM command not allowed')
  })
}

/** The next single set of a key that begins so is done, and its reply is lost. */
export function loseReply({ context: { store } }: TestApp, prefix: string): void {
  const { set } = store
  store.set = async (key, value, options) => {
    const reply = await set(key, value, options)
    if (!key.startsWith(prefix)) return reply
    store.set = set
    throw new StoreError('Redis did not answer within 1000 ms')
  }
}

/** Deletions of such keys, by themselves or in a step, fail from now on; gives what makes them work again. */
export function failDeletions({ context: { store } }: TestApp, such: RegExp): () => void {
  const { del, step, stepIf } = store
  const refuse = (keys: (string | string[])[]) => {
    if (keys.flat().some((key) => such.test(key))) throw new StoreError('The client is offline')
  }
  const deletedBy = (commands: readonly Command[]) =>
    commands.flatMap((one) => ('del' in one ? one.del : 'getDel' in one ? one.getDel : []))
  store.del = async (keys) => {
    refuse([keys])
    return del(keys)
  }
  store.step = async (commands) => {
    refuse(deletedBy(commands))
    return step(commands)
  }
  store.stepIf = async (guards, commands) => {
    refuse(deletedBy(commands))
    return stepIf(guards, commands)
  }
  return () => void Object.assign(store, { del, step, stepIf })
}

/** The sync log takes nothing any more, as when its master of a cluster is away. */
export function failLog({ context: { store } }: TestApp): void {
  const offline = () => Promise.reject(new StoreError('The client is offline'))
  const { stepIf } = store
  store.batch = offline
  store.stepIf = (guards, commands) =>
    commands.some((command) => 'lPush' in command) ? offline() : stepIf(guards, commands)
}
