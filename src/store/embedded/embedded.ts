// The store without a server: the commands on node:sqlite, in one file, for one process.
import type { Spelled } from '../commands.ts'
import { createCommands, createSteps, type StepOutcome, WRONG_TYPE } from '../step.ts'
import type { Command, Guard, OpenStore } from '../store.ts'
import { execute, readField } from './commands.ts'
import { type EmbeddedFile, endAfter, openFile } from './file.ts'

/**
 * Made when missing, readable for its owner only; survives kill -9 and a power cut. @throws in one line when it cannot
 * be used
 */
export function openEmbedded(file: string): OpenStore {
  const opened = openFile(file)
  const steps = createSteps(
    opened.command((guards, commands, spelled) => runStep(opened, guards, commands, spelled)),
  )
  return {
    description: `embedded, ${file}`,
    ...steps,
    ...createCommands(steps),
    ping: opened.command(() => 'PONG'),
    close: opened.close,
  }
}

function runStep(
  file: EmbeddedFile,
  guards: readonly Guard[],
  commands: readonly Command[],
  spelled: Spelled[],
): StepOutcome {
  checkTypes(file, guards, spelled)
  const found = guards.map(({ key, field }) =>
    field === undefined ? (file.find(key)?.value ?? null) : readField(file, key, field),
  )
  if (guards.some(({ is }, index) => found[index] !== is)) return { done: false, found }
  const replies = commands.map((command, index) => {
    const reply = execute(file, command)
    const { ms, keys: [key = ''] = [] } = spelled[index] ?? {}
    if (ms !== undefined) file.statements.setEnd.run(endAfter(ms), key)
    return reply
  })
  return { done: true, replies }
}

/** @throws naming all keys that hold another type than their guard or command can use */
function checkTypes(file: EmbeddedFile, guards: readonly Guard[], spelled: Spelled[]): void {
  const uses = [
    ...guards.map(({ key, field }) => ({ key, type: field === undefined ? 'string' : 'hash' })),
    ...spelled.flatMap(({ type, keys }) => keys.map((key) => ({ key, type }))),
  ]
  const wrong = uses.flatMap(({ key, type }, index) => {
    const entry = type === 'any' ? undefined : file.find(key)
    return entry && entry.kind !== type ? [index + 1] : []
  })
  if (wrong.length > 0) throw new Error(`${WRONG_TYPE} ${wrong.join(' ')}`)
}
