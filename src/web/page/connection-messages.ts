// Short messages about a connection, shown once on the page that is returned to, like results of a sync.
import type { Vendor } from '../../vendors/vendor.ts'
import { type ConnectionSummaries, ofVendor } from './header.ts'
import { accessBanner } from './sync-messages.ts'
import type { Banner } from './view-models.ts'

const KINDS = [
  'renewed',
  'disconnected',
  'forgotten',
  'none',
  'works',
  'untested',
  'forbidden',
  'unclear',
] as const
type Kind = (typeof KINDS)[number]

/** The message as the flash cookie carries it. */
export function connectionMessage(kind: Kind, vendor: string): string {
  return `note-${kind}-${vendor}`.slice(0, 64)
}

/** The banner of a message; undefined when the flash is none, or the access is no longer there. */
export function connectionMessageBanner(
  announced: string,
  vendors: Vendor[],
  connections: ConnectionSummaries,
): Banner | undefined {
  const kind = KINDS.find((one) => announced.startsWith(`note-${one}-`))
  const vendor = kind && vendors.find(({ id }) => connectionMessage(kind, id) === announced)
  if (!kind || !vendor) return undefined
  if (kind !== 'renewed') return { ...textOf(kind, vendor.name), actions: [] }
  const [newest] = ofVendor(vendor, connections).sort(
    (a, b) => b.connection.since - a.connection.since,
  )
  return newest && accessBanner(vendor, newest.connection)
}

function textOf(kind: Exclude<Kind, 'renewed'>, vendor: string): Pick<Banner, 'tone' | 'text'> {
  switch (kind) {
    case 'disconnected':
      return {
        tone: 'good',
        text: `Disconnected from ${vendor}. The next sync asks you to approve again.`,
      }
    case 'forgotten':
      return {
        tone: 'warn',
        text: `Campaign Sync has forgotten its access to ${vendor}. ${vendor} did not confirm that it ended it too: you can end it in your account there.`,
      }
    case 'none':
      return {
        tone: 'neutral',
        text: `Not connected to ${vendor}. The next sync asks you to approve.`,
      }
    case 'works':
      return { tone: 'good', text: `The connection to ${vendor} works.` }
    case 'untested':
      return {
        tone: 'neutral',
        text: `There is access to ${vendor}. Only a sync can show whether it works.`,
      }
    case 'forbidden':
      return {
        tone: 'warn',
        text: `${vendor} knows this access, and it may not do what is needed. Renew it.`,
      }
    case 'unclear':
      return { tone: 'warn', text: `${vendor} gave no clear answer. Try again in a minute.` }
  }
}
