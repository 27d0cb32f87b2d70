// A run that is made once, however often a script asks for it under one key.
import type { Request } from 'express'
import type { Context } from '../../context.ts'
import { badRequest, HttpProblem, notFound } from '../../errors.ts'
import type { Run } from '../../runs/run.ts'
import type { Store } from '../../store/store.ts'
import { fingerprint } from '../../store/stored-text.ts'
import { choiceSchema, readChoice } from './choice.ts'

const KEPT_MS = 24 * 3600_000
const KEY = /^[\x21-\x7e]{1,255}$/

/** The header of a script's request; undefined without it. @throws HttpProblem 400 */
export function idempotencyKey(req: Request): string | undefined {
  const key = req.get('idempotency-key')
  if (key === undefined || KEY.test(key)) return key
  throw badRequest('Idempotency-Key must be 1 to 255 characters without spaces.')
}

/**
 * Makes a run of what `body` chooses, or gives the one that was made under this key within a day, if it is still there.
 * Of two requests at the same time one makes it, and the other's draft is stopped. @throws HttpProblem as `readChoice`,
 * 422 when the key was used for another body
 */
export async function makeRun(
  context: Context,
  req: Request,
  owner: string,
  body: unknown,
  key?: string,
): Promise<Run> {
  const { runs, store } = context
  const keyOfRun = key === undefined ? undefined : `runkey:{${owner}}:${fingerprint(key)}`
  const request = fingerprint(JSON.stringify(choiceSchema.safeParse(body).data ?? null))
  const known = keyOfRun === undefined ? null : await store.get(keyOfRun)
  const before = known === null ? undefined : await runs.get(owner, known)
  if (before) {
    await checkSame(store, keyOfRun, request)
    return before
  }
  const { vendor, title, campaigns, choice } = await readChoice(context, req, body)
  const about = { owner, vendor: vendor.id, title, choice, person: req.identity?.name }
  const id = await runs.create(about, campaigns)
  req.log.info({ run: id, vendor: vendor.id, campaigns: campaigns.length }, 'run.made')
  const made = await runs.read(id)
  const of = { run: id, request }
  const first = keyOfRun === undefined ? id : await storeFirst(store, keyOfRun, known, of)
  if (made && first !== id) await runs.stop(made)
  const run = first === id ? made : await runs.get(owner, first)
  if (!run) throw notFound('This run')
  if (first !== id) await checkSame(store, keyOfRun, request)
  return run
}

/** The run of the key: this one, unless another has come first since `known` was read. */
async function storeFirst(
  store: Store,
  key: string,
  known: string | null,
  { run, request }: { run: string; request: string },
): Promise<string> {
  const result = await store.stepIf(
    [{ key, is: known }],
    [
      { set: key, value: run, ms: KEPT_MS },
      { set: requestOf(key), value: request, ms: KEPT_MS },
    ],
  )
  const [found] = result.done ? [run] : result.found
  // The key of a run that is no more has ended in this moment.
  return found ?? (known === null ? run : storeFirst(store, key, null, { run, request }))
}

function requestOf(key: string): string {
  return `${key}:request`
}

/** A key of a version that kept no request beside it is taken as before. @throws HttpProblem 422 */
async function checkSame(store: Store, key: string | undefined, request: string): Promise<void> {
  const first = key === undefined ? null : await store.get(requestOf(key))
  if (first === null || first === request) return
  throw new HttpProblem({
    code: 'E-KEY-REUSED',
    status: 422,
    heading: 'This Idempotency-Key was used for another request',
    text: 'It belongs to a run that another request has made. Nothing was started. Use a new key for each run you want.',
  })
}
