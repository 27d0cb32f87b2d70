// The control panel: forms that shorten or revoke access, and cause failures on demand.
import type { DatabaseSync } from 'node:sqlite'
import { type Request, type Response, Router, urlencoded } from 'express'
import { z } from 'zod'
import { AUTHORIZE_FAILURES, type Controls, REFUSALS, TOKEN_FAILURES } from './controls.ts'
import { accountName } from './database.ts'
import type { Ledger } from './ledger.ts'
import type { Provider } from './oidc-provider.ts'
import { forgetTokens } from './oidc-provider.ts'
import { render } from './pages.ts'

const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max)
const forms = {
  lifetime: z.object({ tokenSeconds: whole(1, 86_400) }),
  refuse: z.object({ kind: z.enum(REFUSALS), count: whole(0, 99) }),
  failTokens: z.object({ kind: z.enum(TOKEN_FAILURES).default('500'), count: whole(0, 99) }),
  failAuthorize: z.object({ error: z.enum(['', ...AUTHORIZE_FAILURES]) }),
  slow: z.object({ slowMs: whole(0, 10_000) }),
}

const REFUSAL_WORDS: Record<(typeof REFUSALS)[number], string> = {
  '401': '401: the token is not valid',
  '403': '403: this account may not',
  '422': '422: the campaign is not acceptable',
  '429': '429: too many, try again in 5 seconds',
  '500': '500: something broke',
  drop: 'No answer: drop the connection, do not apply the push',
  'drop-applied': 'No answer: apply the push, then drop the connection',
}
const TOKEN_WORDS: Record<(typeof TOKEN_FAILURES)[number], string> = {
  '500': '500: something broke',
  invalid_client: '401 invalid_client: the app’s secret is wrong',
  invalid_grant: '400 invalid_grant: the approval is too old',
}
const AUTHORIZE_WORDS: Record<(typeof AUTHORIZE_FAILURES)[number], string> = {
  temporarily_unavailable: 'temporarily_unavailable: try later',
  invalid_scope: 'invalid_scope: the app asks for what is not there',
  unauthorized_client: 'unauthorized_client: the app is not registered for this',
}
const DONE: Record<string, string> = {
  lifetime: 'New access will last that long.',
  forgotten: 'All tokens are forgotten.',
  refuse: 'The next pushes are arranged.',
  'fail-authorize': 'The next authorization is arranged.',
  'fail-tokens': 'The next token requests are arranged.',
  slow: 'The delay is set.',
  'signed-out': 'This browser is signed out of Acme Ads.',
  reset: 'All received campaigns are forgotten.',
}

/** `GET /panel` and `/panel.json`; each form POSTs to `/panel/<what>` and comes back to the panel. */
export function panelRoutes(
  provider: Provider,
  ledger: Ledger,
  controls: Controls,
  db: DatabaseSync,
  addresses: { publicUrl: string; redirectUris: string[] },
): Router {
  const router = Router()
  const form = urlencoded({ extended: false })
  const on = (
    path: string,
    done: string,
    act: (req: Request, res: Response) => void | Promise<void>,
  ) =>
    router.post(path, form, async (req, res) => {
      await act(req, res)
      res.redirect(303, `/panel?done=${done}`)
    })

  router.get('/panel', async (req, res) =>
    res.send(await panelPage(provider, controls, addresses, req, res)),
  )
  router.get('/panel.json', (_req, res) => res.json(panelJson(ledger, controls)))

  on('/panel/lifetime', 'lifetime', (req) => controls.set(forms.lifetime.parse(req.body)))
  on('/panel/forget-tokens', 'forgotten', () => forgetTokens(db))
  on('/panel/refuse', 'refuse', (req) => {
    const { kind, count } = forms.refuse.parse(req.body)
    controls.refuseNext(kind, count)
  })
  on('/panel/fail-tokens', 'fail-tokens', (req) => {
    const { kind, count } = forms.failTokens.parse(req.body)
    controls.set({ tokenFailure: kind, tokenFailures: count })
  })
  on('/panel/fail-authorize', 'fail-authorize', (req) =>
    controls.set({ authorizeFailure: forms.failAuthorize.parse(req.body).error || null }),
  )
  on('/panel/slow', 'slow', (req) => controls.set(forms.slow.parse(req.body)))
  on('/panel/sign-out', 'signed-out', (req, res) => signOut(provider, req, res))
  on('/panel/reset', 'reset', () => ledger.reset())
  return router
}

async function panelPage(
  provider: Provider,
  controls: Controls,
  { publicUrl, redirectUris }: { publicUrl: string; redirectUris: string[] },
  req: Request,
  res: Response,
): Promise<string> {
  const session = await provider.Session.get(provider.createContext(req, res))
  const { refuse, ...settings } = controls.read()
  return render('panel', {
    ...settings,
    refuse,
    refusals: REFUSALS.map((kind) => ({ kind, words: REFUSAL_WORDS[kind] })),
    tokenFailureChoices: Object.entries(TOKEN_WORDS).map(([kind, words]) => ({ kind, words })),
    authorizeChoices: Object.entries(AUTHORIZE_WORDS).map(([kind, words]) => ({ kind, words })),
    oldCallback: `${redirectUris[0]}?${new URLSearchParams({ code: 'too-old', state: 'of-long-ago', iss: publicUrl })}`,
    refuseWords: refuse.kind === null ? null : REFUSAL_WORDS[refuse.kind],
    account: session.accountId === undefined ? null : accountName(session.accountId),
    done: DONE[String(req.query.done)],
  })
}

function panelJson(ledger: Ledger, controls: Controls) {
  const { tokenSeconds, refuse, slowMs, tokenFailures } = controls.read()
  const campaigns = ledger
    .list()
    .map(({ id, campaign, name, applied, requests }) => ({ id, campaign, name, applied, requests }))
  return { tokenSeconds, refuse, tokenFailures, slowMs, campaigns }
}

/** Ends this browser's session at Acme, and with it the remembered consent; tokens go on. */
async function signOut(provider: Provider, req: Request, res: Response): Promise<void> {
  const session = await provider.Session.get(provider.createContext(req, res))
  if (session.accountId !== undefined) await session.destroy()
  const cookie = provider.cookieName('session')
  res.clearCookie(cookie).clearCookie(`${cookie}.sig`)
}
