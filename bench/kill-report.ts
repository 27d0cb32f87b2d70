// What became of the presses in which an app died, as a table.
import type { App } from './apps.ts'
import { row } from './compare.ts'
import type { Death } from './kill-lane.ts'
import { PHASES } from './kill-watch.ts'

export interface Row {
  app: App
  /** A vendor that applies what comes twice under one Idempotency-Key once. */
  takesKeys: boolean
  deaths: Death[]
  /** Steps a press has. */
  steps: number
}

type End = 'once' | 'asked' | 'not pushed' | '**lost**' | '**twice**'

/** One row for each app and kind of vendor. */
export function table(rows: Row[]): string {
  const head = ['app', 'vendor', 'killed at', ...PHASES, 'nobody comes back']
  const lines = rows.map((one) => {
    const { app, takesKeys, deaths, steps } = one
    const ends = PHASES.map((phase) =>
      told(deaths.filter((death) => death.phase === phase).map((death) => endOf(death, takesKeys))),
    )
    const alone = told(
      deaths.map(({ alone }) =>
        alone.length > 0 ? endOf({ pushes: alone }, takesKeys) : 'not pushed',
      ),
    )
    const vendor = takesKeys ? 'takes keys' : 'takes none'
    return row([app.name, vendor, `${deaths.length} of ${steps} steps`, ...ends, alone])
  })
  return `${[row(head), row(head.map(() => '---')), ...lines].join('\n')}

A step is a message between the app and anything it talks to: it is lost, and the app is killed in that moment and started
again. Then the same press comes again, as a browser sends it when the page is reloaded, until the app says how it ended.
*Once*: the vendor has applied the push once. *Asked*: it was applied once or not at all, was not repeated, and the person was
told that this is not known. *Lost*: not applied, whatever was said. *Twice*: applied again. Last column: what the vendor had
before the person came back, 6 s after the start (BullMQ: 66 s, for its locks last 30). Ours pushes nothing without its
person: what it wrote down is finished when they come back. The durable peers send the press as Idempotency-Key; a vendor
that takes none applies each push. Who promises nothing sends no key.`
}

function endOf({ pushes, said }: Pick<Death, 'pushes'> & Partial<Death>, takesKeys: boolean): End {
  const applied = takesKeys ? new Set(pushes).size : pushes.length
  if (applied > 1) return '**twice**'
  if (said === 'uncertain') return 'asked'
  return applied === 1 ? 'once' : '**lost**'
}

function told(ends: End[]): string {
  const kinds = (['once', 'asked', 'not pushed', '**lost**', '**twice**'] as const).flatMap(
    (kind) => {
      const count = ends.filter((end) => end === kind).length
      return count > 0 ? [`${count} ${kind}`] : []
    },
  )
  return kinds.join(', ') || '–'
}
