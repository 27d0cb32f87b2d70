// "What is this?": one page, for somebody who has just been given the address.
import { Router } from 'express'
import type { Context } from '../../context.ts'
import { needs } from '../http/needs.ts'
import { commonPage } from './page.ts'

export function aboutRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/about', needs('anybody'), async (req, res) => {
    const about = { title: 'What is this?', path: '/campaigns' }
    const page = await commonPage(context, req, res, about)
    res.render('about', { ...page, vendorNames: context.config.vendors.map(({ name }) => name) })
  })

  return router
}
