// Records who asks for what, before it is done: nobody changes anything that is not on the trail.
import type { RequestHandler } from 'express'
import type { Context } from '../../context.ts'
import { recordAct } from '../http/acts.ts'
import { limited } from '../http/rate-limit.ts'

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
