// Connections: what this person may do at which vendor, since when, until when; and to test or end it.
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { type Disconnected, disconnect, testConnection } from '../../access/disconnect.ts'
import { formatSubject, parseSubject, type TokenKey } from '../../access/token-key.ts'
import type { Connection } from '../../access/tokens.ts'
import type { Context } from '../../context.ts'
import { type Action, notFound, storeDown } from '../../errors.ts'
import { ownerIfAny, ownerOf } from '../../session/session.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { needs } from '../http/needs.ts'
import { connectPath } from '../http/paths.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect, referrerOf, setFlash } from '../http/return-to.ts'
import { wantsJson } from '../http/script-callers.ts'
import { connectionMessage } from '../page/connection-messages.ts'
import {
  type ConnectionSummaries,
  coverOf,
  ofVendor,
  reauthorizeAction,
  shownConnection,
} from '../page/header.ts'
import { commonPage } from '../page/page.ts'
import type { ConnectionRow, ConnectionsPage, DisconnectPage } from './view-models.ts'

const PATH = '/connections'

export function connectionRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const limit = limited(context, 'connections')

  router.get(PATH, needs('viewer'), (req, res) => showConnections(context, req, res))
  router.get(`${PATH}/:vendor/connect`, needs('sender'), (req, res) => {
    const campaign = context.campaign(req.query.campaign)
    redirect(res, 303, connectAt(context.vendor(req.params.vendor, req), campaign.id))
  })
  router.get(`${PATH}/:vendor/:subject/disconnect`, needs('sender'), (req, res) =>
    confirmDisconnect(context, req, res),
  )
  router.post(`${PATH}/:vendor/:subject/disconnect`, needs('sender'), limit, (req, res) =>
    endConnection(context, req, res),
  )
  router.post(`${PATH}/:vendor/:subject/test`, needs('sender'), limit, (req, res) =>
    checkConnection(context, req, res),
  )

  return router
}

async function showConnections(context: Context, req: Request, res: Response): Promise<void> {
  const about = { title: 'Connections', path: PATH, nav: 'connections' as const }
  const page = await commonPage(context, req, res, about)
  if (wantsJson(req) && page.storeDown) throw storeDown('the store does not answer')
  if (wantsJson(req)) return void res.json(connectionsJson(context, page.access))
  const vendors = context.config.vendors.map((vendor) => groupOf(context, vendor, page.access))
  const pausing = page.currentRuns.filter(({ standing }) => standing === 'goes on').length
  const signOut: Action = {
    label: 'Sign out of this browser',
    ...(pausing > 0 ? { href: '/session/end' } : { post: '/session/end' }),
  }
  const model: ConnectionsPage = { ...page, vendors, signOut, pausing }
  res.render('connections', model)
}

function groupOf(
  context: Context,
  vendor: Vendor,
  access: ConnectionSummaries,
): ConnectionsPage['vendors'][number] {
  const { id, name } = vendor
  const live = ofVendor(vendor, access)
  const campaign = context.campaigns.all()[0]?.id
  const isForAll = vendor.tokenPer === 'session'
  const mayConnect = live.length === 0 && isForAll && campaign !== undefined
  return {
    id,
    name,
    rows: live.map(({ subject, connection }) => rowOf(context, vendor, subject, connection)),
    ...(live.length > 0 && { cover: coverOf(live) }),
    ...(mayConnect && {
      connect: { label: `Connect ${name}`, href: connectAt(vendor, campaign) },
    }),
    ...(!isForAll && connectFor(context, vendor, live)),
    ...(live.length > 1 && {
      disconnectAll: {
        label: 'Disconnect all…',
        name: `Disconnect all… ${name}`,
        href: `${PATH}/${id}/disconnect`,
      },
    }),
  }
}

function connectAt({ id }: Vendor, campaign: string): string {
  return connectPath(id, { campaign, back: PATH })
}

/** A select with more choices than these helps nobody: then the list of campaigns is the place to choose. */
const CHOICES_MOST = 100

function connectFor(
  { campaigns }: Context,
  { id }: Vendor,
  live: ReturnType<typeof ofVendor>,
): Pick<ConnectionsPage['vendors'][number], 'connectFor'> {
  const connected = new Set(live.map(({ subject }) => subject))
  const isOpen = (campaign: string) =>
    !connected.has(formatSubject({ kind: 'campaign', id: campaign }))
  const open = campaigns.all().filter((one) => isOpen(one.id))
  if (open.length === 0 || open.length > CHOICES_MOST) return {}
  const choices = open.map(({ id, name }) => ({ id, name }))
  return { connectFor: { action: `${PATH}/${id}/connect`, campaigns: choices } }
}

function connectionsJson({ config }: Context, access: ConnectionSummaries) {
  const all = config.vendors.map((vendor) => ({
    id: vendor.id,
    name: vendor.name,
    connections: ofVendor(vendor, access).map(({ subject, connection }) => ({
      subject,
      account: connection.account?.name,
      since: new Date(connection.since).toISOString(),
      endsAt: connection.renews ? undefined : new Date(connection.endsAt).toISOString(),
      scope: connection.scope,
    })),
  }))
  return { vendors: all }
}

async function confirmDisconnect(context: Context, req: Request, res: Response): Promise<void> {
  const vendor = context.vendor(req.params.vendor, req)
  const subject = String(req.params.subject)
  const connections = await context.tokens.connections(ownerIfAny(req) ?? '')
  const connection = connections.get(`${vendor.id}:${subject}`)
  if (!connection) throw notFound('This access')
  const title = `Disconnect ${vendor.name}?`
  const page = await commonPage(context, req, res, { title, path: PATH, nav: 'connections' })
  const row = rowOf(context, vendor, subject, connection)
  const post = actionPath(vendor, subject, 'disconnect')
  const model: DisconnectPage = {
    ...page,
    vendorName: vendor.name,
    row,
    disconnect: { label: 'Disconnect', post, fields: { referrer: PATH } },
    keep: { label: 'Keep access', href: PATH },
  }
  res.render('disconnect', model)
}

function rowOf(
  { campaigns }: Context,
  vendor: Vendor,
  subject: string,
  connection: Connection,
): ConnectionRow {
  const usedBy = usedByOf(campaigns, subject)
  const name = `${vendor.name} for ${usedBy.label}`
  const reauthorize = reauthorizeAction(vendor, subject, campaigns.all()[0]?.id)
  return {
    ...shownConnection(connection),
    since: new Date(connection.since).toISOString(),
    permissions: vendor.authorize.permissions,
    ...(connection.scope && { scope: connection.scope }),
    usedBy,
    ...(reauthorize && { reauthorize: { ...reauthorize, name: `Renew ${name}` } }),
    ...otherAccountOf(vendor, subject, name, campaigns.all()[0]?.id),
    test: {
      label: 'Test',
      name: `Test ${name}`,
      post: actionPath(vendor, subject, 'test'),
      fields: { referrer: PATH },
    },
    disconnect: {
      label: 'Disconnect…',
      name: `Disconnect… ${name}`,
      href: actionPath(vendor, subject, 'disconnect'),
    },
  }
}

/** Where the vendor lets a person choose: else it would silently be the account that is signed in there. */
function otherAccountOf(
  { id, authorize, client }: Vendor,
  subject: string,
  name: string,
  anyCampaign: string | undefined,
): Pick<ConnectionRow, 'otherAccount'> {
  const about = parseSubject(subject)
  const campaign = about?.kind === 'campaign' ? about.id : anyCampaign
  const mayChoose = Object.keys(authorize.chooseAccount ?? {}).length > 0
  const isPossible = client.auth !== 'key' && mayChoose
  if (!isPossible || about?.kind === 'run' || campaign === undefined) return {}
  const href = connectPath(id, { campaign, back: PATH, account: 'other' })
  return { otherAccount: { label: 'Another account', name: `Another account at ${name}`, href } }
}

function usedByOf(campaigns: Context['campaigns'], subject: string): ConnectionRow['usedBy'] {
  const { kind, id = '' } = parseSubject(subject) ?? {}
  if (kind === 'run') return { label: 'A run', href: `/runs/${id}` }
  if (kind !== 'campaign') return { label: 'All campaigns', href: '/campaigns' }
  const campaign = campaigns.get(id)
  if (!campaign) return { label: `${id}, no longer listed` }
  return { label: campaign.name, href: `/campaigns/${id}` }
}

function actionPath(vendor: Vendor, subject: string, action: 'test' | 'disconnect'): string {
  return `${PATH}/${vendor.id}/${encodeURIComponent(subject)}/${action}`
}

const KINDS = ['campaign', 'run', 'session']
const subjectSchema = z.string().refine((text) => KINDS.includes(parseSubject(text)?.kind ?? ''))

async function endConnection(context: Context, req: Request, res: Response): Promise<void> {
  const tokenKey = await readTokenKey(context, req)
  const about = { vendor: tokenKey.vendor.id, subject: tokenKey.subject }
  const { was, revoked } = await disconnect(context, tokenKey)
  req.log.info({ ...about, was, revoked }, 'connection.ended')
  if (wantsJson(req)) return void res.json({ ...about, was, revoked })
  goBack(context, req, res, connectionMessage(messageOf({ was, revoked }), about.vendor))
}

async function checkConnection(context: Context, req: Request, res: Response): Promise<void> {
  const tokenKey = await readTokenKey(context, req)
  const about = { vendor: tokenKey.vendor.id, subject: tokenKey.subject }
  const tested = await testConnection(context, tokenKey)
  req.log.info({ ...about, result: tested.kind }, 'connection.tested')
  if (wantsJson(req)) return void res.json({ ...about, ...tested })
  goBack(context, req, res, connectionMessage(tested.kind, about.vendor))
}

/** @throws HttpProblem 404 for an unknown vendor or what is no subject */
async function readTokenKey(context: Context, req: Request): Promise<TokenKey> {
  const vendor = context.vendor(req.params.vendor, req)
  const { data: subject } = subjectSchema.safeParse(req.params.subject)
  if (subject === undefined) throw notFound('This connection')
  return { owner: await ownerOf(req), vendor, subject }
}

function messageOf({ was, revoked }: Disconnected) {
  if (!was) return 'none'
  return revoked === false ? 'forgotten' : 'disconnected'
}

function goBack(context: Context, req: Request, res: Response, message: string): void {
  const page = referrerOf(req, context.config.publicUrl, '/connections')
  setFlash(req, res, page, message)
  redirect(res, 303, page)
}
