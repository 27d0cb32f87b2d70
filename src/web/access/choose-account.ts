// Another account than before has approved: nothing is pushed until the person says whose access to use.
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { AccountChoice, AccountChoiceSummary } from '../../access/accounts.ts'
import { beginAuthorization } from '../../access/begin-authorization.ts'
import { revokeOnFailure } from '../../access/revoke-unused.ts'
import { storeToken } from '../../access/store-grant.ts'
import type { TokenKey } from '../../access/token-key.ts'
import { parseSubject } from '../../access/token-key.ts'
import type { Context } from '../../context.ts'
import { badRequest } from '../../errors.ts'
import { revokeTokens } from '../../oauth/revoke.ts'
import { ownerIfAny } from '../../session/session.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { recordDone } from '../http/acts.ts'
import { needs } from '../http/needs.ts'
import { connectPath, intentConnectPath, subjectConnectPath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { ourPage, redirect } from '../http/return-to.ts'
import { knownValues } from '../page/asked-values.ts'
import { commonPage } from '../page/page.ts'
import { resume } from '../sync/resume.ts'
import { noCookie, staleAuthorization } from './authorization-problems.ts'
import { unlessSignedOut } from './end-access.ts'
import type { AccountPage } from './view-models.ts'

const formSchema = z.object({ choice: z.enum(['use', 'back']) })

export function accountRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/connect/:vendor/account/:choice', needs('sender'), (req, res) =>
    showChoice(context, req, res),
  )
  router.post(
    '/connect/:vendor/account/:choice',
    needs('sender'),
    limited(context, 'connect'),
    (req, res) => choose(context, req, res),
  )

  return router
}

async function showChoice(context: Context, req: Request, res: Response): Promise<void> {
  const { accounts, config } = context
  const vendor = context.vendor(req.params.vendor, req)
  const owner = ownerByCookie(req)
  const id = String(req.params.choice)
  const choice = await accounts.choice(owner, vendor, id)
  if (!choice) throw staleChoice(vendor, await accounts.summary(owner, vendor.id, id))
  const path = ourPage(choice.referrer, config.publicUrl) ?? '/campaigns'
  const about = { title: `Which account at ${vendor.name}?`, path }
  const page = await commonPage(context, req, res, about)
  const post = connectPath(vendor.id, { choice: id })
  const [account, before] = [choice.account.name, choice.before.name]
  const model: AccountPage = {
    ...page,
    vendorName: vendor.name,
    account,
    before,
    use: { label: `Use ${account}`, post, fields: { choice: 'use' } },
    back: { label: `Go back and choose ${before}`, post, fields: { choice: 'back' } },
  }
  res.render('account', model)
}

async function choose(context: Context, req: Request, res: Response): Promise<void> {
  const { accounts, http } = context
  const vendor = context.vendor(req.params.vendor, req)
  const owner = ownerByCookie(req)
  const id = String(req.params.choice)
  const { data: form } = formSchema.safeParse(req.body)
  if (!form) throw badRequest('Choose one of the two accounts.')
  const choice = await accounts.consumeChoice(owner, vendor, id)
  const summary = choice ?? (await accounts.summary(owner, vendor.id, id))
  if (!summary) throw staleChoice(vendor, summary)
  const tokenKey = { owner, vendor, subject: summary.subject }
  req.log.info({ vendor: vendor.id, choice: form.choice, again: !choice }, 'account.chosen')
  if (form.choice === 'use') {
    await (choice ? useAccount(context, tokenKey, choice) : checkInUse(context, tokenKey, summary))
    await unlessSignedOut(context, req, owner)
    const about = { vendor: vendor.id, subject: summary.subject, account: summary.account.name }
    await recordDone(context, req, 'access.granted', about)
    return redirect(res, 303, await resume(context, owner, summary))
  }
  const [url] = await Promise.all([
    chooseAgain(context, tokenKey, summary),
    choice && revokeTokens(http, vendor, choice.token),
  ])
  redirect(res, 303, url)
}

/** The vendor's address, where the account of before can be chosen; ours, where the person has to say something first. */
async function chooseAgain(
  context: Context,
  tokenKey: TokenKey,
  summary: AccountChoiceSummary,
): Promise<string> {
  const values = await knownValues(context, tokenKey.owner, tokenKey.vendor)
  if (!values) return subjectConnectPath(tokenKey.vendor.id, summary)
  return beginAuthorization(context, tokenKey, { ...summary, values }, { otherAccount: true })
}

/** Only who began it may choose. @throws HttpProblem for a browser without the cookie */
function ownerByCookie(req: Request): string {
  const owner = ownerIfAny(req)
  if (owner === undefined) throw noCookie()
  return owner
}

/** The choice was made already, or it took too long: the person continues with what access was requested for. */
function staleChoice(vendor: Vendor, summary: AccountChoiceSummary | undefined) {
  const { kind, id: campaign = '' } = parseSubject(summary?.subject ?? '') ?? {}
  const id = summary?.intent
  if (kind !== 'campaign' || id === undefined) return staleAuthorization(undefined)
  const href = intentConnectPath({ vendor: vendor.id, campaign, id })
  return staleAuthorization({ label: 'Continue', href })
}

async function useAccount(
  context: Context,
  tokenKey: TokenKey,
  { account, token }: AccountChoice,
): Promise<void> {
  const { owner, vendor } = tokenKey
  const tokenSet = { ...token, scope: token.scope }
  await storeToken(context, tokenKey, tokenSet, account).catch(
    revokeOnFailure(context, { vendor, owners: [owner], account }, tokenSet),
  )
}

/** The second request of a double click, whose response is shown. @throws HttpProblem 400 unless that account is used */
async function checkInUse(
  { tokens }: Context,
  tokenKey: TokenKey,
  summary: AccountChoiceSummary,
): Promise<void> {
  const token = await tokens.get(tokenKey)
  if (token?.account?.id !== summary.account.id) throw staleChoice(tokenKey.vendor, summary)
}
