// What people do, for the audit trail: every request that may change something, and what its path does not say.
import type { Request, RequestHandler } from 'express'
import type { Context } from '../../context.ts'
import { limited } from './rate-limit.ts'

/**
 * Every form and every request of a script but those that only read. Whoever holds no role changes nothing. All that one
 * sends counts for one limit, as each request stays for as long as the trail.
 */
export function recordActs(context: Context): RequestHandler {
  const limit = limited(context, 'acts')
  const record = recordOne(context)
  return (req, res, next) => {
    const isRead = req.method === 'GET' || req.method === 'HEAD'
    if (!context.audit || isRead || !req.identity?.roles.length) return next()
    return limit(req, res, (error?: unknown) => (error ? next(error) : record(req, res, next)))
  }
}

function recordOne({ audit }: Pick<Context, 'audit'>): RequestHandler {
  return async (req, _res, next) => {
    const path = /^[\w/.:~-]{0,200}/.exec(req.path)?.[0] ?? ''
    await recordAct({ audit }, req, req.method.toLowerCase(), { path })
    next()
  }
}

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
