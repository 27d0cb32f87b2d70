// The run a request is about: it is its owner's, and nobody else learns that it exists.
import type { Request } from 'express'
import type { Context } from '../../context.ts'
import { notFound, storeDown } from '../../errors.ts'
import type { Run } from '../../runs/run.ts'
import { ownerIfAny } from '../../session/session.ts'

/** @throws HttpProblem 404, or 503 when the store cannot say whose request this is */
export async function runOf({ runs }: Context, req: Request): Promise<Run> {
  if (!req.session) throw storeDown('no session')
  const { id } = req.params
  const run = typeof id === 'string' ? await runs.get(ownerIfAny(req), id) : undefined
  if (!run) throw notFound('This run')
  return run
}
