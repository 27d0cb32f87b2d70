// Results of syncs on the audit trail: whose press or run it was, and what the vendor had before and has after.
import type { OnSettled } from '../sync/sync-log.ts'
import type { Audit } from './audit.ts'

/** A result that cannot be recorded is still a result: the log has a line about it. */
export function recordSettled(
  audit: Pick<Audit, 'add'>,
  event: (name: string, fields: object) => void,
): OnSettled {
  return async (vendor, settled, before) => {
    const acts = settled.map(({ id, campaign, result, content, person }, index) => {
      const had = before[index] || undefined
      const has = result.kind === 'sent' ? content : had
      return {
        who: person ?? 'anybody',
        action: `sync.${result.kind}`,
        about: { vendor, campaign, intent: id, ...(result.by && { account: result.by }) },
        ...(had !== undefined && { before: had }),
        ...(has !== undefined && { after: has }),
      }
    })
    await audit
      .add(...acts)
      .catch(() => event('audit.lost', { intents: settled.map(({ id }) => id) }))
  }
}
