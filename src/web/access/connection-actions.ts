// Disconnect and Test: does it, and goes back to the page it was pressed on, which says how it ended.
import { type Request, Router } from 'express'
import { z } from 'zod'
import { disconnect, testConnection } from '../../access/disconnect.ts'
import { parseSubject } from '../../access/subject.ts'
import type { TokenPlace } from '../../access/tokens.ts'
import type { Context } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { ownerOf } from '../../session/session.ts'
import { setFlash } from '../http/flash.ts'
import { limited } from '../http/rate-limit.ts'
import { redirect, referrerOf } from '../http/return-to.ts'
import { wantsJson } from '../http/wants-json.ts'
import { connectionMessage } from '../page/connection-messages.ts'

const KINDS = ['campaign', 'run', 'session']
const subjectSchema = z.string().refine((text) => KINDS.includes(parseSubject(text)?.kind ?? ''))

export function connectionActionRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.post(
    '/connections/:vendor/:subject/disconnect',
    limited(context, 'connections'),
    async (req, res) => {
      const place = await placeOf(req)
      const { was, revoked } = await disconnect(context, place)
      req.log.info(
        { vendor: place.vendor.id, subject: place.subject, was, revoked },
        'connection.ended',
      )
      const note = !was ? 'none' : revoked === false ? 'forgotten' : 'disconnected'
      if (wantsJson(req))
        return void res.json({ vendor: place.vendor.id, subject: place.subject, was, revoked })
      const page = referrerOf(req, context.config.publicUrl, '/connections')
      setFlash(req, res, page, connectionMessage(note, place.vendor.id))
      redirect(res, 303, page)
    },
  )

  router.post(
    '/connections/:vendor/:subject/test',
    limited(context, 'connections'),
    async (req, res) => {
      const place = await placeOf(req)
      const tested = await testConnection(context, place)
      req.log.info(
        { vendor: place.vendor.id, subject: place.subject, result: tested.kind },
        'connection.tested',
      )
      if (wantsJson(req))
        return void res.json({ vendor: place.vendor.id, subject: place.subject, ...tested })
      const page = referrerOf(req, context.config.publicUrl, '/connections')
      setFlash(req, res, page, connectionMessage(tested.kind, place.vendor.id))
      redirect(res, 303, page)
    },
  )

  return router

  async function placeOf(req: Request): Promise<TokenPlace> {
    const vendor = context.vendor(req.params.vendor)
    const { data: subject } = subjectSchema.safeParse(req.params.subject)
    if (subject === undefined) throw notFound('This connection')
    return { owner: await ownerOf(req), vendor, subject }
  }
}
