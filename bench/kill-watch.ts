// Counts the messages of one press between an app and everything it talks to, and kills it at one of them.
import type { From } from './relay.ts'

/** How far the press had come. */
export const PHASES = [
  'before the push left',
  'it left, no answer yet',
  'answered, nothing recorded',
  'while or after it is recorded',
] as const
export type Phase = (typeof PHASES)[number]

export type Where = 'store' | 'vendor'

export type Watch = ReturnType<typeof createWatch>

/** `step` is the message at which the app dies, and which is lost; the first is 1. */
export function createWatch(step: number) {
  let kill: (() => void) | undefined
  let [isOut, isAnswered, isRecording] = [false, false, false]

  const watch = {
    /** Messages until now, and how many there were when the first one went to the vendor. */
    count: 0,
    vendorAt: 0,
    /** Where the press was when the app died. */
    phase: undefined as Phase | undefined,
    /** The vendor has it: it was on its way when the app died of something else. */
    isKnownToHaveLeft(): void {
      if (watch.phase === 'before the push left') watch.phase = 'it left, no answer yet'
    },
    /** From now on messages count. */
    begin(toKill: () => void): void {
      kill = toKill
    },
    end(): void {
      kill = undefined
    },
    /** Told of each message; false when it is to be lost. */
    hears(where: Where, from: From): boolean {
      if (!kill) return true
      watch.count += 1
      if (where === 'vendor') watch.vendorAt ||= watch.count
      if (watch.count === step) {
        watch.phase = phaseNow()
        kill()
        watch.end()
        return false
      }
      if (isAnswered && from === 'app') isRecording = true
      if (where === 'vendor' && from === 'app') isOut = true
      if (where === 'vendor' && from === 'server') isAnswered = true
      return true
    },
  }
  return watch

  function phaseNow(): Phase {
    if (isRecording) return 'while or after it is recorded'
    if (isAnswered) return 'answered, nothing recorded'
    return isOut ? 'it left, no answer yet' : 'before the push left'
  }
}
