// A problem is never shown at an address with a code or a state: its page moves to an address that holds the page's text.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { badRequest, storeDown } from '../../errors.ts'
import { ownerIfAny } from '../../session/session.ts'
import { needs } from '../http/needs.ts'
import { redirect } from '../http/return-to.ts'
import type { ProblemPage } from './view-models.ts'

const PATH = '/problem'
/** Characters of a text. */
const TEXT_LENGTH = 400

const shownSchema = z.object({
  status: z.number(),
  heading: z.string(),
  text: z.string(),
  detail: z.string().optional(),
  reference: z.string(),
  /** Seconds. */
  retryAfter: z.number().optional(),
  actions: z.array(z.object({ label: z.string(), href: z.string() })),
})
export type ShownProblem = z.infer<typeof shownSchema>

/** Whether a browser would show a page at an address that holds a code or a state. */
export function isAtSecretAddress(req: Request, res: Response): boolean {
  const isOpened = req.method === 'GET' && req.get('sec-fetch-dest') === 'document'
  const hasSecret = req.query.code !== undefined || req.query.state !== undefined
  return isOpened && hasSecret && res.get('refresh') === undefined
}

/** The address is signed for this person: nobody can make another one read words of theirs on a page of ours. */
export function redirectToProblem(
  { config }: Pick<Context, 'config'>,
  req: Request,
  res: Response,
  { status, heading, text, detail, reference, actions }: ProblemPage,
  retryAfter: number | undefined,
): void {
  const cut = (value: string) => [...value].slice(0, TEXT_LENGTH).join('')
  const links = actions.flatMap(({ label, href }) => (href === undefined ? [] : { label, href }))
  const shown: ShownProblem = {
    ...{ status, heading: cut(heading), text: cut(text), reference, retryAfter, actions: links },
    detail: detail && cut(detail),
  }
  const payload = Buffer.from(JSON.stringify(shown)).toString('base64url')
  const [secret = ''] = config.sessionSecrets
  const mac = macOf(secret, ownerIfAny(req), payload).toString('base64url')
  redirect(res, 303, `${PATH}?is=${payload}.${mac}`)
}

/** `show` renders the page as every problem's is. */
export function problemAddressRoutes(
  { config }: Pick<Context, 'config'>,
  show: (req: Request, res: Response, shown: ShownProblem) => Promise<void>,
): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.get(PATH, needs('anybody'), async (req, res) => {
    const [payload = '', mac = ''] = String(req.query.is).split('.')
    const given = Buffer.from(mac, 'base64url')
    const isOurs = config.sessionSecrets.some((secret) => {
      const expected = macOf(secret, ownerIfAny(req), payload)
      return given.length === expected.length && timingSafeEqual(given, expected)
    })
    if (!isOurs && !req.session) throw storeDown('no session to tell by whose page it is')
    if (!isOurs) throw badRequest('It was shown a while ago. Open the campaign and press Sync.')
    const json: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    await show(req, res, shownSchema.parse(json))
  })

  return router
}

function macOf(secret: string, owner: string | undefined, payload: string): Buffer {
  return createHmac('sha256', secret)
    .update(`problem ${owner ?? ''} ${payload}`)
    .digest()
}
