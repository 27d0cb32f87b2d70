// Another account than before has approved: nothing is pushed until the person says whose access to use.
import { type Request, Router } from 'express'
import { z } from 'zod'
import type { AccountChoice, AccountChoiceSummary } from '../../access/accounts.ts'
import { beginAuthorization } from '../../access/begin-authorization.ts'
import { revokeOnFailure, storeToken } from '../../access/store-grant.ts'
import { parseSubject } from '../../access/subject.ts'
import type { TokenKey } from '../../access/token-key.ts'
import type { Context } from '../../context.ts'
import { badRequest } from '../../errors.ts'
import { revokeTokens } from '../../oauth/revoke.ts'
import { ownerIfAny } from '../../session/session.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { connectPath, intentConnectPath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { ourPage, redirect } from '../http/return-to.ts'
import { commonPage } from '../page/page.ts'
import { resume } from '../sync/resume.ts'
import { noCookie, staleAuthorization } from './authorization-problems.ts'
import { unlessSignedOut } from './sign-out.ts'
import type { AccountPage } from './view-models.ts'

const choiceSchema = z.object({ choice: z.enum(['use', 'back']) })

export function accountRoutes(context: Context): Router {
  const { accounts, config, http, tokens } = context
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/connect/:vendor/account/:held', async (req, res) => {
    const vendor = context.vendor(req.params.vendor)
    const held = await accounts.choice(ownerOf(req), vendor.id, req.params.held)
    if (!held) throw stale(vendor, await accounts.summary(ownerOf(req), vendor.id, req.params.held))
    const path = ourPage(held.referrer, config.publicUrl) ?? '/campaigns'
    const page = await commonPage(context, req, res, {
      title: `Which account at ${vendor.name}?`,
      path,
    })
    res.render('account', {
      ...page,
      ...question(vendor, held, req.params.held),
    } satisfies AccountPage)
  })

  router.post('/connect/:vendor/account/:held', limited(context, 'connect'), async (req, res) => {
    const vendor = context.vendor(req.params.vendor)
    const owner = ownerOf(req)
    const { data } = choiceSchema.safeParse(req.body)
    if (!data) throw badRequest('Choose one of the two accounts.')
    const held = await accounts.consumeChoice(owner, vendor.id, String(req.params.held))
    const about = held ?? (await accounts.summary(owner, vendor.id, String(req.params.held)))
    if (!about) throw stale(vendor, about)
    const place = { owner, vendor, subject: about.subject }
    req.log.info({ vendor: vendor.id, choice: data.choice, again: !held }, 'account.chosen')
    if (data.choice === 'use') {
      await (held ? use(place, held) : usedBefore(place, about))
      await unlessSignedOut(context, req, owner)
      return redirect(res, 303, await resume(context, owner, about))
    }
    const [url] = await Promise.all([
      beginAuthorization(context, place, about, { otherAccount: true }),
      held && revokeTokens(http, vendor, held.token),
    ])
    redirect(res, 303, url)
  })

  return router

  async function use(place: TokenKey, held: AccountChoice): Promise<void> {
    const token = tokenOf(held)
    await storeToken(context, place, token, held.account).catch(
      revokeOnFailure(http, place.vendor, token),
    )
  }

  /** Of a double click the browser shows the second answer only, so that one goes on as the first. @throws Trouble */
  async function usedBefore(place: TokenKey, about: AccountChoiceSummary): Promise<void> {
    const token = await tokens.get(place)
    if (token?.account?.id !== about.account.id) throw stale(place.vendor, about)
  }
}

/** It was chosen already, or is no longer held: what had been asked for can be gone on with. */
function stale(vendor: Vendor, about: AccountChoiceSummary | undefined) {
  const { subject, intent: id } = about ?? {}
  const { kind, id: campaign = '' } = parseSubject(subject ?? '') ?? {}
  const isKnown = kind === 'campaign' && id !== undefined
  const href = isKnown ? intentConnectPath({ vendor: vendor.id, campaign, id }) : '/campaigns'
  return staleAuthorization({ label: 'Continue', href })
}

function ownerOf(req: Request): string {
  const owner = ownerIfAny(req)
  if (owner === undefined) throw noCookie()
  return owner
}

function tokenOf({ token }: AccountChoice) {
  return { ...token, scope: token.scope }
}

function question(vendor: Vendor, { account, before }: AccountChoice, held: string) {
  const post = connectPath(vendor.id, { choice: held })
  return {
    vendorName: vendor.name,
    account: account.name,
    before: before.name,
    use: { label: `Use ${account.name}`, post, fields: { choice: 'use' } },
    back: { label: `Go back and choose ${before.name}`, post, fields: { choice: 'back' } },
  }
}
