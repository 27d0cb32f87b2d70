// What a request did, on the audit trail: beside the request itself, whose path does not say it.
import type { Request } from 'express'
import type { Context } from '../../context.ts'

/** Who a request is of, and from where, as the trail has it. */
function actorOf({ identity, ip }: Pick<Request, 'identity' | 'ip'>) {
  const { name = 'anybody', owner } = identity ?? {}
  return { who: name, ...(owner !== undefined && { owner }), ...(ip !== undefined && { from: ip }) }
}

/** To be awaited before it is done: without the record nothing is. @throws StoreError */
export async function recordAct(
  { audit }: Pick<Context, 'audit'>,
  req: Request,
  action: string,
  about: Record<string, string>,
): Promise<void> {
  await audit?.add({ ...actorOf(req), action, about })
}

/** For what is done already, and stays so: the log has a line about one that cannot be recorded. */
export async function recordDone(
  context: Pick<Context, 'audit' | 'event'>,
  req: Request,
  action: string,
  about: Record<string, string>,
): Promise<void> {
  await recordAct(context, req, action, about).catch(() =>
    context.event('audit.lost', { action, ...about }),
  )
}
