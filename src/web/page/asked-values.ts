// What people say before they go to a vendor, a shop or a subdomain: known from before, or read from a form.
import type { Context } from '../../context.ts'
import { questionsOf, saidValue, type Values } from '../../vendors/values.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import type { AskedField } from './view-models.ts'

/** What this person said when they last got access here; undefined when it has to be asked. */
export async function knownValues(
  { accounts }: Context,
  owner: string,
  vendor: Vendor,
): Promise<Values | undefined> {
  if (questionsOf(vendor).length === 0) return {}
  return readValues(vendor, await accounts.said(owner, vendor.id))
}

/** The values of a form's fields, `vars.shop`; undefined when one is missing or the vendor file does not allow it. */
export function readValues(vendor: Vendor, form: unknown): Values | undefined {
  const said: Record<string, unknown> = Object(form)
  const values: Values = {}
  for (const field of questionsOf(vendor)) {
    const value = saidValue(vendor, field, said[field.name])
    if (value === undefined) return undefined
    values[field.name] = value
  }
  return values
}

/** The fields once more, with what was said in them, and which of it is not allowed. */
export function askedAgain(vendor: Vendor, form: unknown): AskedField[] {
  const said: Record<string, unknown> = Object(form)
  return questionsOf(vendor).map((field) => {
    const value = said[field.name]
    return {
      ...field,
      value: typeof value === 'string' ? value.slice(0, 200) : '',
      refused: saidValue(vendor, field, value) === undefined,
    }
  })
}
