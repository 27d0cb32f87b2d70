// Trouble between the app and its store, made inside the process: writes that wait, and writes that fail.
import { StoreError } from '../../../src/store/open.ts'
import type { TestApp } from '../app/app.ts'

/** Holds the next write of a key that begins so, until released. */
export function holdWrite({ context: { store } }: TestApp, prefix: string) {
  const arrived = Promise.withResolvers<void>()
  const open = Promise.withResolvers<void>()
  const set = store.set
  store.set = async (key, value, options) => {
    if (key.startsWith(prefix)) {
      store.set = set
      arrived.resolve()
      await open.promise
    }
    return set(key, value, options)
  }
  return { arrived: arrived.promise, release: () => open.resolve() }
}

/** Writes of keys that begin so fail from now on, as when Redis is full; gives what makes them work again. */
export function failWrites({ context: { store } }: TestApp, prefix: string): () => void {
  const set = store.set
  store.set = async (key, value, options) => {
    if (key.startsWith(prefix)) throw new StoreError('OOM command not allowed')
    return set(key, value, options)
  }
  return () => {
    store.set = set
  }
}

/** The sync log takes nothing any more, as when its master of a cluster is away. */
export function failLog({ context: { store } }: TestApp): void {
  store.zAdd = () => Promise.reject(new StoreError('The client is offline'))
}
