// The control panel: plain forms that shorten access, take it away, and make trouble on demand.
import type { DatabaseSync } from 'node:sqlite'
import { type Request, type Response, Router, urlencoded } from 'express'
import { z } from 'zod'
import { accountName } from './accounts.ts'
import { forgetTokens } from './adapter.ts'
import { type Controls, REFUSALS } from './controls.ts'
import type { Ledger } from './ledger.ts'
import type { Provider } from './oidc-provider.ts'
import { render } from './render.ts'

const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max)
const forms = {
  lifetime: z.object({ tokenSeconds: whole(1, 86_400) }),
  refuse: z.object({ kind: z.enum(REFUSALS), count: whole(0, 99) }),
  failTokens: z.object({ count: whole(0, 99) }),
  slow: z.object({ slowMs: whole(0, 10_000) }),
}

/** What each refusal does, in the words of the panel. */
const REFUSAL_WORDS: Record<(typeof REFUSALS)[number], string> = {
  '401': '401: the token is not valid',
  '429': '429: too many, try again in 5 seconds',
  '500': '500: something broke',
  drop: 'No answer: drop the connection, do not apply the push',
  'drop-applied': 'No answer: apply the push, then drop the connection',
}
const DONE: Record<string, string> = {
  lifetime: 'New access will last that long.',
  forgotten: 'All tokens are forgotten.',
  refuse: 'The next pushes are arranged.',
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
): Router {
  const router = Router()
  const form = urlencoded({ extended: false })
  const on = (path: string, done: string, act: (req: Request, res: Response) => void | Promise<void>) =>
    router.post(path, form, async (req, res) => {
      await act(req, res)
      res.redirect(303, `/panel?done=${done}`)
    })

  router.get('/panel', async (req, res) => res.send(await panelPage(provider, controls, req, res)))
  router.get('/panel.json', (_req, res) => res.json(panelJson(ledger, controls)))

  on('/panel/lifetime', 'lifetime', (req) => controls.set(forms.lifetime.parse(req.body)))
  on('/panel/forget-tokens', 'forgotten', () => forgetTokens(db))
  on('/panel/refuse', 'refuse', (req) => {
    const { kind, count } = forms.refuse.parse(req.body)
    controls.refuseNext(kind, count)
  })
  on('/panel/fail-tokens', 'fail-tokens', (req) =>
    controls.set({ tokenFailures: forms.failTokens.parse(req.body).count }),
  )
  on('/panel/slow', 'slow', (req) => controls.set(forms.slow.parse(req.body)))
  on('/panel/sign-out', 'signed-out', (req, res) => signOut(provider, req, res))
  on('/panel/reset', 'reset', () => ledger.reset())
  return router
}

async function panelPage(
  provider: Provider,
  controls: Controls,
  req: Request,
  res: Response,
): Promise<string> {
  const session = await provider.Session.get(provider.createContext(req, res))
  const { refuse, ...settings } = controls.read()
  return render('panel', {
    ...settings,
    refuse,
    refusals: REFUSALS.map((kind) => ({ kind, words: REFUSAL_WORDS[kind] })),
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
