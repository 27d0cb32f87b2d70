// The audit trail for administrators: the newest entries, whether any is missing, and all of it as a file.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Audit } from '../../audit/audit.ts'
import type { AuditEntry, Verdict } from '../../audit/chain.ts'
import type { Context } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { csvLine } from '../http/csv.ts'
import { needs } from '../http/needs.ts'
import { wantsJson } from '../http/script-callers.ts'
import { commonPage } from '../page/page.ts'
import type { Page } from '../page/view-models.ts'

interface AuditRow {
  seq: number
  /** ISO, UTC. */
  at: string
  who: string
  what: string
  from?: string
  /** What the vendor had before and has after, by their hashes. */
  changed?: string
}

interface AuditPage extends Page {
  /** The newest first. */
  rows: AuditRow[]
  /** On the first page only: of its entries, or of all that is kept. */
  verdict: Verdict | undefined
  /** The page after this one. */
  older?: string
  /** For how long entries are kept. */
  days: number
}

const SHOWN = 200
/** The number of an entry; what is none counts as not given. */
const beforeSchema = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
  .optional()
  .catch(undefined)
const COLUMNS = [
  'seq',
  'at',
  'who',
  'from',
  'action',
  'about',
  'before',
  'after',
  'owner',
  'prev',
  'hash',
]

export function auditRoutes(context: Context): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const auditOf = () => {
    if (!context.audit) throw notFound()
    return context.audit
  }

  router.get('/audit', needs('admin'), (req, res) => showTrail(context, auditOf(), req, res))
  router.get('/audit.jsonl', needs('admin'), (_req, res) =>
    download(res, 'application/jsonl', 'audit.jsonl', jsonLines(auditOf())),
  )
  router.get('/audit.csv', needs('admin'), (_req, res) =>
    download(res, 'text/csv', 'audit.csv', csvLines(auditOf())),
  )

  return router
}

async function showTrail(
  context: Context,
  audit: Audit,
  req: Request,
  res: Response,
): Promise<void> {
  const before = beforeSchema.parse(req.query.before)
  const { entries, verdict } =
    before === undefined
      ? await newest(audit, req.query.verify === 'all')
      : { entries: await audit.older(before, SHOWN), verdict: undefined }
  const last = entries.at(-1)
  const isMore = entries.length === SHOWN && last !== undefined && last.seq > 1
  const older = isMore ? { older: `/audit?before=${last.seq}` } : {}
  if (wantsJson(req)) return void res.json({ verdict, entries, ...older })
  const page = await commonPage(context, req, res, { title: 'Audit trail', path: '/audit' })
  const rows = entries.map(rowOf)
  res.render('audit', { ...page, rows, verdict, days: audit.days, ...older } satisfies AuditPage)
}

/** With the verdict on them, or on all that is kept, which takes seconds for each 100,000. */
async function newest(audit: Audit, ofAll: boolean) {
  const shown = await audit.newest(SHOWN)
  return ofAll ? { ...shown, verdict: await audit.verify() } : shown
}

function rowOf({ seq, at, who, from, action, about, before, after }: AuditEntry): AuditRow {
  const what = [action, ...Object.entries(about).map(([name, value]) => `${name} ${value}`)]
  const changed = before === after ? undefined : `${short(before)} → ${short(after)}`
  return {
    seq,
    at: new Date(at).toISOString(),
    who,
    what: what.join(' · '),
    ...(from !== undefined && { from }),
    ...(changed !== undefined && { changed }),
  }
}

function short(hash: string | undefined): string {
  return hash?.slice(0, 8) ?? 'nothing'
}

/** The newest first, as they are read. */
async function download(
  res: Response,
  type: string,
  name: string,
  lines: AsyncGenerator<string>,
): Promise<void> {
  res.type(type).attachment(name)
  await pipeline(Readable.from(lines), res).catch(() => res.destroy())
}

async function* jsonLines(audit: Audit): AsyncGenerator<string> {
  for await (const entry of audit.newestFirst())
    yield `${JSON.stringify({ ...entry, at: new Date(entry.at).toISOString() })}\n`
}

async function* csvLines(audit: Audit): AsyncGenerator<string> {
  yield csvLine(COLUMNS)
  for await (const { about, at, ...entry } of audit.newestFirst()) {
    const texts = { ...entry, at: new Date(at).toISOString(), about: JSON.stringify(about) }
    const { seq, who, from, action, before, after, owner, prev, hash } = texts
    yield csvLine([seq, texts.at, who, from, action, texts.about, before, after, owner, prev, hash])
  }
}
