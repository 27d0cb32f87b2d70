// Connections: what this person may do at which vendor, since when, until when, and the way to end it.
import { Router } from 'express'
import { parseSubject } from '../../access/subject.ts'
import type { Connection } from '../../access/tokens.ts'
import type { Context } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { ownerIfAny } from '../../session/session.ts'
import { StoreError } from '../../store/open.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { type ConnectionSummaries, ofVendor, renewAction, shownConnection } from '../page/header.ts'
import { commonPage } from '../page/page.ts'
import type { ConnectionRow, ConnectionsPage, DisconnectPage } from './view-models.ts'

const PATH = '/connections'

export function connectionRoutes(context: Context): Router {
  const { campaigns, config, tokens } = context
  const router = Router({ caseSensitive: true, strict: true })

  router.get(PATH, async (req, res) => {
    const about = { title: 'Connections', path: PATH, nav: 'connections' as const }
    const [page, connections] = await Promise.all([
      commonPage(context, req, res, about),
      connectionsOf(ownerIfAny(req)),
    ])
    const vendors = config.vendors.map((vendor) => ({
      id: vendor.id,
      name: vendor.name,
      rows: ofVendor(vendor, connections).map(({ subject, connection }) =>
        rowOf(vendor, subject, connection),
      ),
    }))
    res.render('connections', { ...page, vendors } satisfies ConnectionsPage)
  })

  /** Asks before access is given up; the button posts to the same address. */
  router.get(`${PATH}/:vendor/:subject/disconnect`, async (req, res) => {
    const vendor = context.vendor(req.params.vendor)
    const { subject } = req.params
    const connections = await tokens.connections(ownerIfAny(req) ?? '')
    const connection = connections.get(`${vendor.id}:${subject}`)
    if (!connection) throw notFound('This access')
    const title = `Disconnect ${vendor.name}?`
    const page = await commonPage(context, req, res, { title, path: PATH, nav: 'connections' })
    const { test: _, renew: __, disconnect: ___, ...row } = rowOf(vendor, subject, connection)
    const disconnect = {
      label: 'Disconnect',
      post: pathOf(vendor, subject, 'disconnect'),
      fields: { referrer: PATH },
    }
    const keep = { label: 'Keep access', href: PATH }
    res.render('disconnect', {
      ...page,
      vendorName: vendor.name,
      row,
      disconnect,
      keep,
    } satisfies DisconnectPage)
  })

  return router

  /** The page itself says when the store is away. */
  async function connectionsOf(owner: string | undefined): Promise<ConnectionSummaries> {
    if (owner === undefined) return new Map()
    try {
      return await tokens.connections(owner)
    } catch (error) {
      if (error instanceof StoreError) return new Map()
      throw error
    }
  }

  function rowOf(vendor: Vendor, subject: string, connection: Connection): ConnectionRow {
    const usedBy = usedByOf(subject)
    const name = `${vendor.name} for ${usedBy.label}`
    const renew = renewAction(vendor, subject, campaigns.all()[0]?.id)
    return {
      ...shownConnection(connection),
      since: new Date(connection.since).toISOString(),
      permissions: vendor.authorize.permissions,
      ...(connection.scope && { scope: connection.scope }),
      usedBy,
      ...(renew && { renew: { ...renew, name: `Renew ${name}` } }),
      test: {
        label: 'Test',
        name: `Test ${name}`,
        post: pathOf(vendor, subject, 'test'),
        fields: { referrer: PATH },
      },
      disconnect: {
        label: 'Disconnect…',
        name: `Disconnect… ${name}`,
        href: pathOf(vendor, subject, 'disconnect'),
      },
    }
  }

  function usedByOf(subject: string): ConnectionRow['usedBy'] {
    const { kind, id = '' } = parseSubject(subject) ?? {}
    if (kind === 'run') return { label: 'A run', href: `/runs/${id}` }
    if (kind !== 'campaign') return { label: 'All campaigns', href: '/campaigns' }
    const campaign = campaigns.get(id)
    return campaign
      ? { label: campaign.name, href: `/campaigns/${id}` }
      : { label: `${id}, no longer listed` }
  }
}

function pathOf(vendor: Vendor, subject: string, act: 'test' | 'disconnect'): string {
  return `${PATH}/${vendor.id}/${encodeURIComponent(subject)}/${act}`
}
