// What the connect routes request access for: one campaign, perhaps with the intent that waits, or one run.
import type { Request, Response } from 'express'
import { formatSubject } from '../../access/token-key.ts'
import type { Context } from '../../context.ts'
import { ownerOf } from '../../session/session.ts'
import type { Intent } from '../../sync/intent.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { connectPath } from '../http/paths.ts'
import { ourPage, referrerOf } from '../http/return-to.ts'
import { commonPage } from '../page/page.ts'
import { runOf } from '../runs/run-of-request.ts'
import { intentOf } from '../sync/resume.ts'

export interface AccessRequest {
  owner: string
  vendor: Vendor
  subject: string
  /** The connect route itself; the form for an API key is sent to it and `/key`. */
  path: string
  referrer: string
  intent?: Intent | undefined
  /** The campaign or the run that is synced as soon as there is access. */
  name?: string | undefined
}

/** Reads `/connect/:vendor/:id`. @throws HttpProblem 404 */
export async function campaignAccess(
  context: Context,
  req: Request,
  intentId: unknown,
): Promise<AccessRequest> {
  const vendor = context.vendor(req.params.vendor, req)
  const campaign = context.campaign(req.params.id)
  const owner = await ownerOf(req)
  const intent = await intentOf(context, owner, { vendor, campaign }, intentId)
  const page = `/campaigns/${campaign.id}`
  return {
    owner,
    vendor,
    subject: formatSubject({ kind: 'campaign', id: campaign.id }),
    path: connectPath(vendor.id, { campaign: campaign.id }),
    referrer:
      intent?.referrer ??
      ourPage(req.query.back, context.config.publicUrl) ??
      referrerOf(req, context.config.publicUrl, page),
    intent,
    name: intent && campaign.name,
  }
}

/** Reads `/connect/:vendor/run/:id`. @throws HttpProblem 404 */
export async function runAccess(context: Context, req: Request): Promise<AccessRequest> {
  const run = await runOf(context, req)
  const vendor = context.vendor(run.vendor, req)
  return {
    owner: run.owner,
    vendor,
    subject: formatSubject({ kind: 'run', id: run.id }),
    path: connectPath(vendor.id, { run: run.id }),
    referrer: `/runs/${run.id}`,
    name: run.title,
  }
}

/** What the page before the vendor and the one for an API key have in common; its `path` leads back. */
export async function connectPage(
  context: Context,
  req: Request,
  res: Response,
  { vendor, name, referrer }: AccessRequest,
) {
  const path = ourPage(referrer, context.config.publicUrl) ?? '/campaigns'
  const page = await commonPage(context, req, res, { title: `Connect to ${vendor.name}`, path })
  const cancel = { label: 'Not now', href: path }
  return {
    ...page,
    vendorName: vendor.name,
    ...(name !== undefined && { campaignName: name }),
    cancel,
  }
}
