// A store in a Map, for tests that run the heart thousands of times. Nothing in it ends by itself.

import { createCommands, createSteps } from '../../../src/store/step.ts'
import type { Command, Store } from '../../../src/store/store.ts'

export function createMemoryStore() {
  const texts = new Map<string, string>()
  const hashes = new Map<string, Map<string, string>>()

  function execute(command: Command): unknown {
    if ('get' in command) return texts.get(command.get) ?? null
    if ('set' in command) {
      texts.set(command.set, command.value)
      return 'OK'
    }
    if ('del' in command) return [command.del].flat().filter((key) => texts.delete(key)).length
    if ('hSet' in command) {
      const hash = hashes.get(command.hSet) ?? new Map<string, string>()
      for (const [field, value] of Object.entries(command.fields)) hash.set(field, value)
      hashes.set(command.hSet, hash)
      return 1
    }
    if ('hDel' in command) return 0
    if ('hMGet' in command)
      return command.fields.map((field) => hashes.get(command.hMGet)?.get(field) ?? null)
    throw new Error(`the memory store has no ${Object.keys(command)[0]}`)
  }

  /** The store as one process sees it: `beforeStep` may wait for ever, which is what a killed process does. */
  function seenBy(beforeStep: () => Promise<void> = async () => {}): Store {
    const steps = createSteps(async (guards, commands) => {
      await beforeStep()
      const found = guards.map(({ key }) => texts.get(key) ?? null)
      if (guards.some(({ is }, index) => is !== found[index])) return { done: false, found }
      return { done: true, replies: commands.map(execute) }
    })
    return { ...steps, ...createCommands(steps), ping: async () => 'PONG' }
  }

  return { texts, seenBy }
}
