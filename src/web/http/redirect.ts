// Sends a browser on, with the one header that does it.
import type { Response } from 'express'

/** Without a body: express's own negotiates a type for one, and that costs more than the rest of the answer. */
export function redirect(res: Response, status: 302 | 303, location: string): void {
  res.status(status).location(location).end()
}
