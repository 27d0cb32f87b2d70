// A person has to approve: prints the link for one, as a QR code too on a terminal, and waits if that is wanted.
import { setTimeout as wait } from 'node:timers/promises'
import { renderUnicodeCompact } from 'uqr'
import { z } from 'zod'
import { type ApiClient, NoAppError, type Problem, ProblemError } from './client.ts'
import type { Output } from './output.ts'

/** ms until an app that does not answer is asked again. */
const BACK_MS = 1_000
/** ms for which a link works, and a little more. */
const MOST_WAIT_MS = 16 * 60_000

const standingSchema = z.looseObject({
  state: z.string(),
  reason: z.string().optional(),
  result: z.looseObject({ kind: z.string() }).optional(),
})

/** What came of a request: what the app said, or that it still waits for a person. */
export type RequestOutcome = { said: unknown } | { personNeeded: Problem }

/** Sends a request; where that says that a person is needed, and it is wanted, waits for them. @throws ProblemError */
export async function withPerson(
  client: ApiClient,
  output: Output,
  isWaiting: boolean,
  send: () => Promise<unknown>,
): Promise<RequestOutcome> {
  try {
    return { said: await send() }
  } catch (error) {
    if (!(error instanceof ProblemError && isPersonNeeded(error.problem))) throw error
    showLink(error.problem, output)
    const { statusUrl } = error.problem
    if (!isWaiting || statusUrl === undefined) return { personNeeded: error.problem }
    const said = await waitFor(client, statusUrl, isStarted)
    return said === undefined ? { personNeeded: error.problem } : { said }
  }
}

/** Somebody has to approve at the vendor; or, of two who have to want a run, the other one has to. */
function isPersonNeeded({ code, run }: Problem): boolean {
  return code === 'E-AUTHORIZE' || (code === 'E-APPROVAL' && run !== undefined)
}

function showLink({ detail, url = '' }: Problem, { note, isTerminal }: Output): void {
  note(`${detail}\n\n  ${url}\n`)
  if (isTerminal) note(renderUnicodeCompact(url))
}

type Standing = z.infer<typeof standingSchema>

/** What the app says as soon as `isOver`; undefined when that does not come while a link works. */
export async function waitFor(
  client: ApiClient,
  statusUrl: string,
  isOver: (standing: Standing) => boolean,
): Promise<unknown> {
  const { pathname } = new URL(statusUrl, client.origin)
  for (const deadline = Date.now() + MOST_WAIT_MS; Date.now() < deadline; ) {
    const asked = Date.now()
    const said = await client.get(`${pathname}?wait=30`).catch(untilBack)
    if (said !== undefined && isOver(standingSchema.parse(said))) return said
    // It may answer at once while too many others wait.
    await wait(Math.max(0, asked + BACK_MS - Date.now()))
  }
  return undefined
}

/** An app that is being started anew is asked again: what waits there waits on. */
async function untilBack(error: unknown): Promise<undefined> {
  if (!(error instanceof NoAppError)) throw error
  await wait(BACK_MS)
}

/** A person has said yes or no. */
function isStarted({ state, reason, result }: Standing): boolean {
  const isOpen = state === 'awaitingAccess' || (state === 'paused' && reason === 'access')
  return !isOpen || result !== undefined
}
