// Acme's API: bearer tokens (RFC 6750), PUT a campaign with one, and the failures set on the control panel.
import { setTimeout as wait } from 'node:timers/promises'
import { type ErrorRequestHandler, json, type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'
import type { Controls, Refusal } from './controls.ts'
import { accountName } from './database.ts'
import type { Ledger, Push } from './ledger.ts'
import type { Provider } from './oidc-provider.ts'

const campaignId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'The campaign id in the address is not valid.')
const campaignBody = z.object(
  {
    name: z.string('A campaign needs a name.').trim().min(1, 'A campaign needs a name.').max(200),
    // Only shown to people, so never a reason to refuse.
    budget: z.union([z.number(), z.string()]).nullish().catch(null),
    currency: z.string().max(10).nullish().catch(null),
  },
  'The body must be a JSON object with a name.',
)
const idempotencyKey = z.string().min(1).max(255).optional()

/** `GET /me` and `PUT /campaigns/:id`. `stop` ends waits that the panel asked for. */
export function apiRoutes(
  provider: Provider,
  ledger: Ledger,
  controls: Controls,
  stop: AbortSignal,
): Router {
  const router = Router()
  const body = json({ limit: '256kb' })

  router.get('/me', bearer(provider), (_req, res) => {
    res.json({ id: res.locals.account, name: accountName(res.locals.account) })
  })

  router.put('/campaigns/:id', bearer(provider, 'campaigns:write'), body, async (req, res) => {
    const { slowMs } = controls.read()
    if (slowMs > 0) await wait(slowMs, undefined, { signal: stop })
    const push = readPush(req.params.id, req.body, res.locals.account, req.get('idempotency-key'))
    ledger.arrived(push)
    const refusal = controls.takeRefusal()
    if (refusal === 'drop-applied') ledger.apply(push)
    if (refusal !== null) return refuse[refusal](res)
    const outcome = ledger.apply(push)
    if (outcome.kind === 'key-of-another-campaign') {
      return sendError(
        res,
        422,
        'key_reused',
        'This Idempotency-Key was used for another campaign.',
      )
    }
    if (outcome.kind === 'replayed') res.set('Idempotency-Replayed', 'true')
    res.json(outcome.response)
  })

  router.use((_req, res) => sendError(res, 404, 'not_found', 'There is nothing at this address.'))
  router.use(apiFailure)
  return router
}

function readPush(id: unknown, body: unknown, account: string, key: unknown): Push {
  const { name, budget, currency } = campaignBody.parse(body)
  return {
    campaign: campaignId.parse(id),
    account,
    name,
    budget: budget === undefined || budget === null ? null : money(budget, currency),
    key: idempotencyKey.parse(key),
  }
}

const money = (budget: number | string, currency: string | null | undefined): string =>
  `${typeof budget === 'number' ? budget.toLocaleString('en') : budget} ${currency ?? ''}`.trim()

const refuse: Record<Refusal, (res: Response) => void> = {
  '401': sendInvalidToken,
  '403': (res) => sendError(res, 403, 'forbidden', 'This account may not change campaigns.'),
  '422': (res) => sendError(res, 422, 'invalid', 'The budget is over the limit of this account.'),
  '429': (res) => {
    res.set('Retry-After', '5')
    sendError(res, 429, 'rate_limited', 'Too many pushes. Try again in 5 seconds.')
  },
  '500': (res) => sendError(res, 500, 'internal', 'Something broke at Acme Ads.'),
  drop: (res) => res.socket?.destroy(),
  'drop-applied': (res) => res.socket?.destroy(),
}

/** What express.json refuses has a status and is safe to say (`expose`); what zod refuses is a 422. */
const refusedBody = z.object({
  status: z.number().min(400).max(499),
  expose: z.literal(true),
  message: z.string(),
})

const apiFailure: ErrorRequestHandler = (error, _req, res, _next) => {
  const refused = refusedBody.safeParse(error)
  if (refused.success) return sendError(res, refused.data.status, 'invalid', refused.data.message)
  if (error instanceof z.ZodError) {
    return sendError(res, 422, 'invalid', error.issues[0]?.message ?? 'The request is not valid.')
  }
  if (error?.name === 'AbortError') return res.socket?.destroy() // Acme is stopping: no answer
  console.error('Acme Ads:', error)
  sendError(res, 500, 'internal', 'Something broke at Acme Ads.')
}

/** Lets a request pass with a good token that has the scope; its account is then in `res.locals.account`. */
function bearer(provider: Provider, scope?: string): RequestHandler {
  return async (req, res, next) => {
    const value = /^Bearer +([\w.~+/-]+=*) *$/i.exec(req.get('authorization') ?? '')?.[1]
    if (value === undefined) {
      res.set('WWW-Authenticate', 'Bearer realm="acme"')
      return sendError(res, 401, 'unauthorized', 'Send an access token.')
    }
    const token = await provider.AccessToken.find(value)
    if (!token?.isValid) return sendInvalidToken(res)
    if (scope !== undefined && !token.scopes.has(scope)) {
      res.set(
        'WWW-Authenticate',
        `Bearer realm="acme", error="insufficient_scope", scope="${scope}"`,
      )
      return sendError(res, 403, 'insufficient_scope', `The access token does not allow ${scope}.`)
    }
    res.locals.account = token.accountId
    next()
  }
}

function sendInvalidToken(res: Response): void {
  const description = 'The access token is expired, revoked or unknown.'
  res.set(
    'WWW-Authenticate',
    `Bearer realm="acme", error="invalid_token", error_description="${description}"`,
  )
  sendError(res, 401, 'invalid_token', description)
}

function sendError(res: Response, status: number, code: string, message: string): void {
  res.status(status).json({ error: { code, message } })
}
