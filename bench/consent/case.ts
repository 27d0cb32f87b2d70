// A case of the bench: a promise, and how it is played.
import type { Play } from './play.ts'

export interface Case {
  area: 'press' | 'authorization' | 'callback' | 'end of access' | 'lost answer' | 'killed'
  /** The promise, as a sentence. */
  says: string
  /** Only for a vendor that takes keys (true) or takes none (false); undefined: it does not matter, and keys are taken. */
  keys?: boolean
  play(play: Play): Promise<void>
}
