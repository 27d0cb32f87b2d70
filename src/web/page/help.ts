// Pages that explain: what this app is, and what each problem code means (RFC 9457 section 3.1.1: the `type` leads there).

import { existsSync, readFileSync } from 'node:fs'
import { Router } from 'express'
import type { Context } from '../../context.ts'
import { ownFile } from '../../files.ts'
import { needs } from '../http/needs.ts'
import { wantsJson } from '../http/script-callers.ts'
import { commonPage } from './page.ts'
import type { ProblemTypesPage } from './view-models.ts'

export function aboutRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/about', needs('anybody'), async (req, res) => {
    const about = { title: 'What is this?', path: '/campaigns' }
    const page = await commonPage(context, req, res, about)
    res.render('about', { ...page, vendorNames: context.config.vendors.map(({ name }) => name) })
  })

  return router
}

/** The table the page is made of: what happened, status, code, what the person sees, what to do. */
const TABLE = ownFile('docs', 'OUTCOMES.md')
const ROW = /^\| ([^|]+) \| (\d{3})[^|]* \| `(E-[A-Z-]+)` \| ([^|]+) \| ([^|]+) \|$/gm

export function problemType(publicUrl: string, code: string): string {
  return `${publicUrl}/problems#${code}`
}

export function problemTypeRoutes(context: Context): Router {
  const types = readTypes()
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/problems', needs('anybody'), async (req, res) => {
    if (wantsJson(req)) return void res.json({ problems: types })
    const about = { title: 'Problems and what to do', path: '/problems' }
    const page = await commonPage(context, req, res, about)
    res.render('problems', { ...page, types } satisfies ProblemTypesPage)
  })

  return router
}

/** Empty where the documents are not installed. */
function readTypes(): ProblemTypesPage['types'] {
  if (!existsSync(TABLE)) return []
  const rows = [...readFileSync(TABLE, 'utf8').matchAll(ROW)].map(
    ([, when = '', status, code = '', seen = '', action = '']) => ({
      code,
      case: { status: Number(status), when: plain(when), seen: plain(seen), action: plain(action) },
    }),
  )
  const byCode = Map.groupBy(rows, ({ code }) => code)
  return [...byCode].map(([code, all]) => ({ code, cases: all.map((row) => row.case) }))
}

/** Of a link its words: the documents it leads to are not served. */
function plain(markdown: string): string {
  return markdown
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .trim()
}
