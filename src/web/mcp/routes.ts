// The Model Context Protocol at /mcp (revision 2025-11-25, Streamable HTTP), for agents with an API token.
import { randomUUID } from 'node:crypto'
import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { badRequest, HttpProblem } from '../../errors.ts'
import type { LongPoll } from '../http/long-poll.ts'
import { needs } from '../http/needs.ts'
import { limited } from '../http/rate-limit.ts'

export function mcpRoutes(context: Context, poll: LongPoll): Router {
  const router = Router({ caseSensitive: true, strict: true })

  router.post('/mcp', needs('sender'), limited(context, 'mcp'), (req, res) =>
    receiveMessage(context, poll, req, res),
  )
  // Nothing is sent that was not asked for: there is no stream to open.
  router.get('/mcp', needs('sender'), (_req, res) => {
    res.set('Allow', 'POST').status(405).end()
  })

  return router
}

const initializeSchema = z.object({
  method: z.literal('initialize'),
  params: z.object({
    capabilities: z.object({ elicitation: z.object({ url: z.unknown() }).optional() }),
  }),
})

/**
 * Each message is served by itself, by whichever instance it reaches, also after a restart. What has to be remembered of
 * the client, whether it can open addresses, is in the session id that it is given.
 */
async function receiveMessage(
  context: Context,
  poll: LongPoll,
  req: Request,
  res: Response,
): Promise<void> {
  if (!req.apiToken) throw tokenNeeded(res)
  // The SDK still reads the batches of older revisions, and the limit counts requests.
  if (Array.isArray(req.body)) throw badRequest('Send one message at a time.')
  const [{ createMcpServer }, { StreamableHTTPServerTransport }] = await Promise.all([
    import('./server.ts'),
    import('@modelcontextprotocol/sdk/server/streamableHttp.js'),
  ])
  const { data: first } = initializeSchema.safeParse(req.body)
  const transport = new StreamableHTTPServerTransport({
    enableJsonResponse: true,
    ...(first && { sessionIdGenerator: () => newSessionId(first) }),
  })
  const opensUrls = /^url-/.test(req.get('mcp-session-id') ?? '')
  const server = createMcpServer(context, { req, res, poll, owner: req.apiToken.owner, opensUrls })
  res.on('close', () => void server.close())
  await server.connect(transport)
  await transport.handleRequest(req, res, req.body)
}

function newSessionId({ params }: z.infer<typeof initializeSchema>): string {
  const opensUrls = params.capabilities.elicitation?.url !== undefined
  return `${opensUrls ? 'url' : 'text'}-${randomUUID()}`
}

function tokenNeeded(res: Response): HttpProblem {
  res.set('WWW-Authenticate', 'Bearer')
  return new HttpProblem({
    code: 'E-TOKEN',
    status: 401,
    heading: 'This needs an API token',
    text: 'Make one on the page API tokens, and send it as Authorization: Bearer.',
  })
}
