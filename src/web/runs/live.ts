// A run's page while it is open: server-sent events (HTML Living Standard §9.2) with parts rendered here.
import { setTimeout as wait } from 'node:timers/promises'
import { type Request, type Response, Router } from 'express'
import type { Context } from '../../context.ts'
import type { Run } from '../../runs/run.ts'
import { isSignedOut } from '../../session/sign-out.ts'
import { StoreError } from '../../store/open.ts'
import type { Vendor } from '../../vendors/vendor.ts'
import { needs } from '../http/needs.ts'
import { accessLines } from '../page/page.ts'
import type { ConnectionLine } from '../page/view-models.ts'
import { runOf } from './run-of-request.ts'
import { nowSending, viewOf } from './run-page.ts'
import { type Query, ROWS, tableOf } from './table.ts'
import type { RunRow, RunView } from './view-models.ts'

const POLL_EVERY_MS = 1_000
/** The page calls itself live for as long as it hears this; and a proxy closes a connection that says nothing. */
const ALIVE_EVERY_MS = 3_000
/** What a browser waits before it connects again. */
const RETRY_MS = 2_000

/** Open streams of one person in one process; a browser keeps six connections to a host. */
const STREAMS_MOST = 12

/** What an open page shows. */
interface Followed {
  run: Run
  vendor: Vendor
  query: Query
}

type Send = (event: string, data: string) => void

export function runLiveRoutes(context: Context): Router {
  /** Open streams by owner. */
  const open = new Map<string, number>()
  const router = Router({ caseSensitive: true, strict: true })

  router.get('/runs/:id/events', needs('viewer'), (req, res) => streamRun(context, open, req, res))

  return router
}

async function streamRun(
  context: Context,
  open: Map<string, number>,
  req: Request,
  res: Response,
): Promise<void> {
  const run = await runOf(context, req)
  const vendor = context.vendor(run.vendor, req)
  const others = open.get(run.owner) ?? 0
  // 204 stops an EventSource from connecting again.
  if (req.method !== 'GET' || others >= STREAMS_MOST) return void res.status(204).end()
  open.set(run.owner, others + 1)
  const closed = new AbortController()
  res.on('close', () => closed.abort())
  res.status(200).type('text/event-stream').set('X-Accel-Buffering', 'no')
  res.write(`retry: ${RETRY_MS}\n\n`)
  const end = AbortSignal.any([closed.signal, context.runs.stopping])
  try {
    await follow(context, req, res, { run, vendor, query: req.query }, end)
  } finally {
    const left = (open.get(run.owner) ?? 1) - 1
    if (left > 0) open.set(run.owner, left)
    else open.delete(run.owner)
  }
  res.end()
}

/** Reads the run each second, whichever process executes it, and sends what has changed, until `end` or sign-out. Nothing is said to be live while the store is away. */
async function follow(
  context: Context,
  req: Request,
  res: Response,
  { run: first, vendor, query }: Followed,
  end: AbortSignal,
): Promise<void> {
  const { runs, store } = context
  const rows = (run: Run) => tableOf(runs, run, vendor, query).catch(whileStoreIsAway(undefined))
  const send = eventSender(res)
  const lines = () => accessLines(context, first.owner)
  const sendChanges = changeSender(res, send, rows, lines)
  let aliveAt = Date.now()
  for (let run: Run | undefined = first; run && !end.aborted; ) {
    if (await sendChanges(run, await viewNow(runs, run, vendor))) aliveAt = Date.now()
    await wait(POLL_EVERY_MS, undefined, { signal: end }).catch(() => {})
    if (await isSignedOut(store, first.owner).catch(whileStoreIsAway(false))) return
    if (!(await isStillThere(context, req).catch(whileStoreIsAway(true)))) return
    const now: Run | 'away' | undefined = await runs
      .get(first.owner, first.id)
      .catch(whileStoreIsAway('away' as const))
    if (now === 'away') {
      res.write(': \n\n')
      aliveAt = 0
      continue
    }
    run = now
    if (Date.now() - aliveAt < ALIVE_EVERY_MS) continue
    send('alive', '1')
    aliveAt = Date.now()
  }
}

/** Whether who opened the page still may: a token that was not revoked; a sign-in that has not ended, here or at the issuer. */
async function isStillThere({ apiTokens, signIn, store }: Context, req: Request) {
  if (req.apiToken) return (await apiTokens.read(req.apiToken.id)) !== undefined
  if (!signIn) return true
  const { session, sessionID } = req
  if (!session?.signIn || session.signIn.endsAt <= Date.now()) return false
  return (await store.get(`sess:${sessionID}`)) !== null
}

async function viewNow(runs: Context['runs'], run: Run, vendor: Vendor): Promise<RunView> {
  return viewOf(run, vendor, await nowSending(runs, run).catch(whileStoreIsAway(undefined)))
}

/** For a `catch`: while the store is away the page goes on showing `value`. */
function whileStoreIsAway<T>(value: T) {
  return (error: unknown): T => {
    if (error instanceof StoreError) return value
    throw error
  }
}

/** Sends the parts of the page that differ from those it sent last; true when there were any. */
function changeSender(
  res: Response,
  send: Send,
  table: (run: Run) => Promise<{ rows: RunRow[] } | undefined>,
  lines: () => Promise<ConnectionLine[]>,
) {
  const last = { state: '', progress: '', quarter: -1, attention: 0 }
  return async (run: Run, view: RunView): Promise<boolean> => {
    const state = JSON.stringify([run.state, run.reason, run.leg, view.live, view.actions])
    const progress = await render(res, 'progress', { run: view })
    if (state === last.state && progress === last.progress) return false
    send('title', view.headline)
    if (state === last.state) send('progress', progress)
    else send('state', await render(res, 'state', { run: view }))
    const quarter = Math.floor(view.percent / 25)
    const spoken =
      state !== last.state ? `${view.headline}. ${view.text}` : `${quarter * 25} percent done`
    const isNews = state !== last.state || quarter !== last.quarter
    if (isNews) send('say', spoken)
    // A run pauses because access ended: then the header must not go on saying that there is some.
    if (state !== last.state)
      send('access', await render(res, 'access', { connections: await lines() }))
    const attention = run.failed + run.unknown
    // What needs attention stands first; a page that is full of it changes no more.
    if (isNews || (attention !== last.attention && last.attention < ROWS)) {
      const { rows } = (await table(run)) ?? {}
      if (rows) send('rows', await render(res, 'rows', { rows }))
    }
    Object.assign(last, { state, progress, quarter, attention })
    return true
  }
}

function eventSender(res: Response): Send {
  return (event, data) => {
    // Only these three end a line of an event; U+2028 does not.
    const lines = data.split(/\r\n|\n|\r/).map((line) => `data: ${line}`)
    res.write(`event: ${event}\n${lines.join('\n')}\n\n`)
  }
}

function render(
  res: Response,
  part: string,
  model: { run: RunView } | { rows: RunRow[] } | { connections: ConnectionLine[] },
): Promise<string> {
  return new Promise((resolve, reject) =>
    res.app.render('run-part', { part, ...model }, (error: unknown, html: string) =>
      error ? reject(error) : resolve(html),
    ),
  )
}
