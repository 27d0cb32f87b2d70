// The preview of a campaign at one vendor: what would be sent; and, when asked, what is there already.
import type { Request, Response } from 'express'
import type { Campaign } from '../../campaigns/campaign.ts'
import type { Context } from '../../context.ts'
import { ownerIfAny } from '../../session/session.ts'
import { isUncertain } from '../../sync/intent.ts'
import { changesSince, linkKey } from '../../sync/links.ts'
import { type Preview, previewOf } from '../../sync/preview.ts'
import { campaignTokenKey, versionToFind } from '../../sync/sync-request.ts'
import { fieldText } from '../../vendors/campaign-fields.ts'
import { type Found, findVersions } from '../../vendors/find.ts'
import { withValues } from '../../vendors/values.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { connectPath } from '../http/paths.ts'
import { redirect, takeFlash } from '../http/return-to.ts'
import { wantsJson } from '../http/script-callers.ts'
import { connectionMessage } from '../page/connection-messages.ts'
import { commonPage, readable } from '../page/page.ts'
import { syncAction } from '../sync/button.ts'
import type { PreviewPage } from './view-models.ts'

interface Search {
  /** The vendor that is asked what it has, by its id. */
  vendor: unknown
  /** Without access the person is sent for that first; else the page says that nobody could look. */
  asksAccess: boolean
}

/** @throws HttpProblem 404 */
export async function showPreview(
  context: Context,
  req: Request,
  res: Response,
  search?: Search,
): Promise<void> {
  const campaign = context.campaign(req.params.id)
  const plain = context.vendorOrFirst(search ? search.vendor : req.query.vendor, req)
  const { access, vendor, preview, changed } = await readPreview(context, req, plain, campaign)
  const token = access?.token.accessToken
  if (search?.asksAccess && token === undefined && !wantsJson(req))
    return redirect(res, 303, accessForCheck(campaign, plain))
  const found =
    search && access && token !== undefined
      ? await findVersions(context.http, {
          ...{ vendor, campaign, token },
          sentBefore: await sentBefore(context, access.owner, vendor, campaign),
          linkedElsewhere: (ids) => context.links.linkedElsewhere(access.link, ids),
        })
      : undefined
  if (wantsJson(req))
    return void res.json({ campaign: campaign.id, vendor: vendor.id, ...preview, changed, found })
  const seen = search ? foundText(vendor, campaign, found) : undefined
  res.render(
    'preview',
    await pageOf(context, req, res, { vendor: plain, campaign, preview, changed, seen }),
  )
}

/** Comes back to the campaign, which then looks: see `isCheck`. */
function accessForCheck({ id: campaign }: Campaign, { id }: Vendor): string {
  return connectPath(id, { campaign, back: checkPath(campaign, id) })
}

function checkPath(campaign: string, vendor: string): string {
  return `/campaigns/${campaign}?check=${vendor}`
}

/** This browser has just come back from the vendor to which "Check at Acme" sent it: asked for once, done once. */
export function isCheck(req: Request, res: Response): boolean {
  const { check } = req.query
  if (typeof check !== 'string') return false
  const news = takeFlash(req, res, checkPath(String(req.params.id), check))
  return news === connectionMessage('renewed', check)
}

/** What would be sent, as far as is known with the access there is, and what has changed since it was. */
export async function readPreview(
  context: Context,
  req: Request,
  plain: Vendor,
  campaign: Campaign,
) {
  const access = await readable(accessOf(context, req, plain, campaign))
  const vendor = withValues(plain, access?.token?.values)
  const preview = previewOf(vendor, campaign, access?.known)
  const changed = await readable(changesSince(context.store, plain, campaign))
  return { access, vendor, preview, changed }
}

/** The access a sync would use, and what is linked of its account. */
async function accessOf(
  { links, tokens }: Context,
  req: Request,
  vendor: Vendor,
  campaign: Campaign,
) {
  const owner = ownerIfAny(req)
  const token = owner && (await tokens.get(campaignTokenKey(owner, vendor, campaign)))
  if (!token) return undefined
  const link = linkKey(vendor, token, campaign)
  return { owner, token, link, known: await links.read(link) }
}

/** As this person's last push may have sent it, whose end nobody knows; undefined where it has not changed since. */
async function sentBefore(
  { intents, syncLog }: Context,
  owner: string,
  vendor: Vendor,
  campaign: Campaign,
): Promise<Campaign | undefined> {
  const [last] = await syncLog.read(vendor.id, campaign.id, 1)
  if (last?.kind !== 'unknown') return undefined
  const intent = await intents.get(owner, last.intent)
  const uncertain = intent !== undefined && isUncertain(intent)
  return versionToFind({ vendor, campaign }, { uncertain, sent: intent?.sent })
}

interface Shown {
  vendor: Vendor
  campaign: Campaign
  preview: Preview
  changed: string[] | undefined
  seen: string | undefined
}

async function pageOf(
  context: Context,
  req: Request,
  res: Response,
  { vendor, campaign, preview, changed, seen }: Shown,
): Promise<PreviewPage> {
  const path = `/campaigns/${campaign.id}`
  const title = `Preview of ${campaign.name} at ${vendor.name}`
  const page = await commonPage(context, req, res, { title, path, nav: 'campaigns' })
  const post = `${path}/preview`
  return {
    ...page,
    campaign: { id: campaign.id, name: campaign.name },
    vendorName: vendor.name,
    text: planText(vendor, preview),
    ...(vendor.api.live && { live: `${vendor.name} has no draft: this is public at once.` }),
    ...(changed && { changes: changesText(vendor, changed) }),
    requests: preview.requests.map(({ method, url, headers, body }) => ({
      line: `${method} ${url}`,
      headers: Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ...(body !== undefined && { body }),
    })),
    ...(seen !== undefined && { seen }),
    ...(!page.storeDown && { sync: syncAction(campaign, path, vendor) }),
    ...(vendor.api.find &&
      !page.storeDown && {
        search: { label: `Look at ${vendor.name}`, post, fields: { vendor: vendor.id } },
      }),
  }
}

export function planText({ name }: Vendor, { plan, lacks, unknown }: Preview): string {
  if (lacks !== undefined) return `Nothing would be sent yet: ${lacks}.`
  if (unknown !== undefined) return `What is sent is known once there is access: ${unknown}.`
  switch (plan) {
    case 'push':
      return `The next sync sends this to ${name}, as it is now.`
    case 'update':
      return `The next sync changes the object ${name} has of it.`
    case 'continue':
      return `A part of it is at ${name}. The next sync sends what is missing.`
    case 'find':
      return `The next sync looks for it at ${name} first. It is created only when it is not there.`
    case 'create':
      return `The next sync creates it at ${name}.`
  }
}

function changesText({ name }: Vendor, changed: string[]): string {
  if (changed.length === 0) return `Nothing of it has changed since ${name} last accepted it.`
  return `Changed since ${name} last accepted it: ${changed.map(fieldText).join(', ')}.`
}

function foundText({ name }: Vendor, campaign: Campaign, found: Found | undefined): string {
  switch (found?.kind) {
    case undefined:
      return `There is no access to ${name} for ${campaign.name} now, so nobody could look.`
    case 'none':
      return `We found nothing of it at ${name}.`
    case 'one':
      return `${name} has it, as ${found.values.id ?? 'one object'}.`
    case 'several':
      return found.isComplete
        ? `${name} has ${found.candidates.length} that could be it.`
        : `${name} has more than could be looked through.`
    case 'failed':
      return `${name} could not be asked${found.response.message ? `: ${found.response.message}` : ''}.`
  }
}
