// Whether a caller wants JSON or a page.
import type { Request } from 'express'

/** Whether the caller accepts JSON rather than a page, or is a script on a page, which could not show one. */
export function wantsJson(req: Request): boolean {
  if (req.get('sec-fetch-dest') === 'empty' || req.get('x-requested-with') === 'XMLHttpRequest')
    return true
  const accept = req.get('accept') ?? '*/*'
  if (accept === '*/*' || accept.startsWith('text/html,')) return false // nearly everybody: no need to weigh it
  return req.accepts(['html', 'json', 'application/problem+json']) !== 'html'
}
