// Turns a view and its values into HTML.
import { join } from 'node:path'
import { renderFile } from 'pug'

/** The HTML of `views/<view>.pug`; Pug escapes every value. */
export function render(view: string, values: Record<string, unknown>): string {
  return renderFile(join(import.meta.dirname, 'views', `${view}.pug`), { ...values, cache: true })
}
