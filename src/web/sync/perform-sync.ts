// A push, from whichever request: done, counted, and written to the log.
import type { Request } from 'express'
import type { Context } from '../../context.ts'
import { unrecorded } from '../../errors.ts'
import { SessionReplaced } from '../../session/session.ts'
import { resultOf } from '../../sync/intent.ts'
import { Unrecorded } from '../../sync/settle-turn.ts'
import { type SyncOutcome, sync } from '../../sync/sync.ts'
import type { SyncRequest } from '../../sync/sync-request.ts'
import { resumePath } from '../http/paths.ts'
import { checkPressedAlone } from './pressed-alone.ts'

/**
 * Undefined when the session of the press stands no more.
 * @throws HttpProblem 409 for a campaign above the limit of one person, 503 that leads to the end of this very push (to `path`), when it could not be stored
 */
export async function performSync(
  context: Context,
  req: Request,
  request: SyncRequest,
  path?: string,
): Promise<SyncOutcome | undefined> {
  await checkPressedAlone(context, request)
  try {
    const outcome = await sync(context, request)
    const { next, intent } = outcome
    const { id, vendor, campaign } = intent
    const result = resultOf(intent)
    context.metrics?.syncEnded(vendor, result?.kind ?? next, result?.tookMs)
    req.log.info({ intent: id, vendor, campaign, next, result: result?.kind }, 'sync.ended')
    return outcome
  } catch (error) {
    if (error instanceof SessionReplaced) return undefined
    if (!(error instanceof Unrecorded)) throw error
    const { campaign, id } = error.intent
    throw unrecorded(error.cause, path ?? resumePath(campaign, id))
  }
}
