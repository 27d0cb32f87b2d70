// The problem of a caller that is not a browser window and needs access first.
import { HttpProblem } from '../../errors.ts'
import type { Vendor } from '../../vendors/vendor.ts'

/**
 * Only a browser can show the vendor's pages: `url` is the absolute address to open there, `waiting` names the intent
 * or the run that goes on when access is given.
 */
export function authorizationNeeded(
  vendor: Vendor,
  url: string,
  waiting: { intent?: string; run?: string } = {},
): HttpProblem {
  const next =
    waiting.run === undefined
      ? 'The sync is then finished by itself.'
      : 'The run then goes on by itself.'
  return new HttpProblem({
    code: 'E-AUTHORIZE',
    status: 409,
    heading: `${vendor.name} needs a person to approve`,
    text: `Open the URL in a browser with this session. ${next}`,
    actions: [{ label: `Continue to ${vendor.name}`, href: url }],
    members: waiting,
  })
}
