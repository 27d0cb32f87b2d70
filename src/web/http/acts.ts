// What people do, for the audit trail: every request that may change something, and what its path does not say.
import type { Request, RequestHandler } from 'express'
import type { Context } from '../../context.ts'
import { limited } from './rate-limit.ts'

/**
 * Records each form and each script request that is not read-only; callers without a role change nothing. All share one
 * limit, because each record is kept as long as the trail.
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

function actorOf({ identity, ip }: Pick<Request, 'identity' | 'ip'>) {
  const { name = 'anybody', owner } = identity ?? {}
  return { who: name, ...(owner !== undefined && { owner }), ...(ip !== undefined && { from: ip }) }
}

/** Await it before acting: what cannot be recorded is not done. @throws StoreError */
export async function recordAct(
  { audit }: Pick<Context, 'audit'>,
  req: Request,
  action: string,
  about: Record<string, string>,
): Promise<void> {
  await audit?.add({ ...actorOf(req), action, about })
}

/** For what is done already: if it cannot be recorded, the log says so. */
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
