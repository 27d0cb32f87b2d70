// Callers that are no browser window: how they are known, and the link they get by which a person gives access.
import type { Request } from 'express'
import { HANDOVER_MS } from '../../access/handovers.ts'
import { formatSubject } from '../../access/token-key.ts'
import type { Context } from '../../context.ts'
import { HttpProblem } from '../../errors.ts'
import { describeToken } from '../../identity/api-tokens.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { connectPath } from './paths.ts'

/** Whether the caller accepts JSON rather than a page, is a script on a page, which could not show one, or has an API token. */
export function wantsJson(req: Request): boolean {
  if (req.apiToken !== undefined) return true
  if (req.get('sec-fetch-dest') === 'empty' || req.get('x-requested-with') === 'XMLHttpRequest')
    return true
  const accept = req.get('accept') ?? '*/*'
  if (accept === '*/*' || accept.startsWith('text/html,')) return false // nearly everybody: no need to weigh it
  return req.accepts(['html', 'json', 'application/problem+json']) !== 'html'
}

/** What waits: an intent of a campaign, or a run. */
type Waiting = { campaign: string; intent: string } | { run: string }

/**
 * Only a browser can show the vendor's pages: `url` is the absolute address to open there, by whoever may approve. It
 * works once and for a quarter of an hour; `statusUrl` says how what waits goes on. @throws HttpProblem 429
 */
export async function authorizationNeeded(
  { config, handovers }: Pick<Context, 'config' | 'handovers'>,
  req: Request,
  owner: string,
  vendor: Vendor,
  waiting: Waiting,
): Promise<HttpProblem> {
  const isRun = 'run' in waiting
  const secret = await handovers.create({
    owner,
    vendor: vendor.id,
    subject: formatSubject(
      isRun ? { kind: 'run', id: waiting.run } : { kind: 'campaign', id: waiting.campaign },
    ),
    asker: askerOf(req),
    ...(req.apiToken && { token: req.apiToken.id }),
    ...(!isRun && { intent: waiting.intent }),
  })
  if (secret === undefined) throw tooManyApprovals()
  const path = connectPath(vendor.id, isRun ? waiting : { campaign: waiting.campaign })
  const status = isRun ? `/runs/${waiting.run}` : `/intents/${waiting.intent}`
  return problem(vendor, `${config.publicUrl}${path}?handover=${secret}`, isRun, {
    ...(isRun ? waiting : { intent: waiting.intent }),
    statusUrl: `${config.publicUrl}${status}`,
    expiresAt: new Date(Date.now() + HANDOVER_MS).toISOString(),
  })
}

/** The same for access that nothing waits for: only the browser of this session can give it. */
export function accessNeeded(vendor: Vendor, url: string): HttpProblem {
  return problem(vendor, url, undefined, {})
}

function problem(
  vendor: Vendor,
  url: string,
  isRun: boolean | undefined,
  members: Record<string, string>,
): HttpProblem {
  const next = isRun ? 'The run then goes on by itself.' : 'The sync is then finished by itself.'
  const text =
    isRun === undefined
      ? 'Open the URL in a browser with this session.'
      : `Have a person open the URL in any browser, within 15 minutes. ${next}`
  return new HttpProblem({
    code: 'E-AUTHORIZE',
    status: 409,
    heading: `${vendor.name} needs a person to approve`,
    text,
    actions: [{ label: `Continue to ${vendor.name}`, href: url }],
    members,
  })
}

function tooManyApprovals(): HttpProblem {
  return new HttpProblem({
    code: 'E-TOO-MANY',
    status: 429,
    heading: 'People are approving enough of this at once',
    text: 'Twenty links of this script are open at the vendor. It waits: ask again when one of them is finished.',
    retryAfter: 60,
  })
}

/** Who asks, in words for the person who opens the link. */
function askerOf(req: Request): string {
  const { apiToken, ip } = req
  if (!apiToken) return `a script at ${ip ?? 'an unknown address'}`
  return `the script ${describeToken(apiToken)}`
}
