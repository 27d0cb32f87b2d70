// What the control panel can change: how long access lasts, and the trouble Acme makes on demand.
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { readSetting, writeSetting } from './database.ts'

/** How a push can be refused. 'drop' ends the connection before applying it, 'drop-applied' after. */
export const REFUSALS = ['401', '429', '500', 'drop', 'drop-applied'] as const
export type Refusal = (typeof REFUSALS)[number]

const state = z.object({
  configuredSeconds: z.number(),
  tokenSeconds: z.number(),
  refuse: z.object({ kind: z.enum(REFUSALS).nullable(), left: z.number() }),
  tokenFailures: z.number(),
  slowMs: z.number(),
})
export type Controls = ReturnType<typeof createControls>

/**
 * The panel's settings, kept in the database.
 * @param configuredSeconds the access lifetime Acme was started with. A lifetime chosen on the panel lives
 *   as long as this stays the same: a changed setting wins over an old choice.
 */
export function createControls(db: DatabaseSync, configuredSeconds: number) {
  const kept = state.safeParse(readSetting(db, 'controls'))
  const now: z.infer<typeof state> = kept.data ?? {
    configuredSeconds,
    tokenSeconds: configuredSeconds,
    refuse: { kind: null, left: 0 },
    tokenFailures: 0,
    slowMs: 0,
  }
  if (now.configuredSeconds !== configuredSeconds) now.tokenSeconds = configuredSeconds

  function set(change: Partial<z.infer<typeof state>>): void {
    Object.assign(now, change, { configuredSeconds })
    writeSetting(db, 'controls', now)
  }

  return {
    set,
    read: (): Readonly<z.infer<typeof state>> => now,
    /** Arranges that the next `left` pushes are refused; 0 takes back what is still queued. */
    refuseNext(kind: Refusal, left: number): void {
      set({ refuse: left > 0 ? { kind, left } : { kind: null, left: 0 } })
    },
    /** The refusal this push gets, if one is queued; uses it up. */
    takeRefusal(): Refusal | null {
      const { kind, left } = now.refuse
      if (kind !== null) set({ refuse: left > 1 ? { kind, left: left - 1 } : { kind: null, left: 0 } })
      return kind
    },
    /** Whether this token request fails; uses one failure up. */
    takeTokenFailure(): boolean {
      if (now.tokenFailures === 0) return false
      set({ tokenFailures: now.tokenFailures - 1 })
      return true
    },
  }
}
