// Acme's own pages on the way through an authorization: sign in, then allow or deny.
import { type Request, type Response, Router, urlencoded } from 'express'
import { z } from 'zod'
import { CLIENT_NAME, SCOPES } from './authorization.ts'
import type { Controls } from './controls.ts'
import { ACCOUNTS, accountId, accountName } from './database.ts'
import type { Provider } from './oidc-provider.ts'
import { render } from './pages.ts'

const authorizationParams = z.looseObject({ client_id: z.string(), scope: z.string().default('') })
const signInForm = z.object({ account: accountId })

export function interactionRoutes(provider: Provider, controls: Controls): Router {
  const router = Router()
  const form = urlencoded({ extended: false })

  router.get('/interaction/:uid', async (req, res) => {
    const { uid, prompt, params, session } = await provider.interactionDetails(req, res)
    if (prompt.name === 'login') res.send(signInPage(uid))
    else
      res.send(
        consentPage(uid, authorizationParams.parse(params), session?.accountId ?? '', controls),
      )
  })

  router.post('/interaction/:uid/sign-in', form, async (req, res) => {
    const { account } = signInForm.parse(req.body)
    const next = await provider.interactionResult(req, res, { login: { accountId: account } })
    await switchAccount(provider, req, res, account)
    res.redirect(303, next)
  })

  router.post('/interaction/:uid/allow', async (req, res) => {
    const { params, session } = await provider.interactionDetails(req, res)
    const { client_id, scope } = authorizationParams.parse(params)
    const grant = new provider.Grant({ accountId: session?.accountId, clientId: client_id })
    grant.addOIDCScope(known(scope).join(' '))
    const consent = { grantId: await grant.save() }
    res.redirect(303, await provider.interactionResult(req, res, { consent }))
  })

  router.post('/interaction/:uid/deny', async (req, res) => {
    const no = { error: 'access_denied', error_description: 'The person did not allow it' }
    res.redirect(303, await provider.interactionResult(req, res, no))
  })

  return router
}

function signInPage(uid: string): string {
  const accounts = ACCOUNTS.map((id) => ({ id, name: accountName(id) }))
  return render('sign-in', { uid, app: CLIENT_NAME, accounts })
}

function consentPage(
  uid: string,
  params: z.infer<typeof authorizationParams>,
  account: string,
  controls: Controls,
): string {
  const again = new URLSearchParams(
    z.record(z.string(), z.string()).parse({ ...params, prompt: 'login' }),
  )
  return render('consent', {
    uid,
    app: CLIENT_NAME,
    account: accountName(account),
    permissions: known(params.scope).map((scope) => SCOPES[scope]),
    seconds: controls.read().tokenSeconds,
    otherAccountUrl: `/oauth/authorize?${again}`,
  })
}

const known = (scope: string): string[] => scope.split(' ').filter((word) => word in SCOPES)

/** When somebody else was signed in, the library would ask to sign out first; choosing an account says enough. */
async function switchAccount(
  provider: Provider,
  req: Request,
  res: Response,
  account: string,
): Promise<void> {
  const session = await provider.Session.get(provider.createContext(req, res))
  if (session.accountId === undefined || session.accountId === account) return
  session.loginAccount({ accountId: account })
  await session.persist()
}
