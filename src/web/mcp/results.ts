// What a tool says: a sentence and the same as data; a problem as its words; a person who is needed as an address to open.
import {
  type CallToolResult,
  UrlElicitationRequiredError,
} from '@modelcontextprotocol/sdk/types.js'
import type { Request, Response } from 'express'
import { HttpProblem } from '../../errors.ts'
import { StoreError } from '../../store/open.ts'
import type { LongPoll } from '../http/long-poll.ts'

export interface ToolCall {
  req: Request
  res: Response
  poll: LongPoll
  owner: string
  /** The client shows addresses to its person by itself. */
  opensUrls: boolean
}

export function result(text: string, data: object): CallToolResult {
  // As it is sent: without what is undefined.
  const structuredContent: Record<string, unknown> = { ...JSON.parse(JSON.stringify(data)) }
  return { content: [{ type: 'text', text }], structuredContent }
}

/** Runs a tool; what goes wrong is for the agent to read, and the log has what an operator needs. */
export async function callTool(
  { req, opensUrls }: ToolCall,
  tool: () => Promise<CallToolResult>,
): Promise<CallToolResult> {
  try {
    return await tool()
  } catch (error) {
    if (error instanceof HttpProblem && error.code === 'E-AUTHORIZE')
      return personNeeded(error, opensUrls)
    if (error instanceof HttpProblem) return failed(`${error.heading}. ${error.text}`)
    req.log.error({ err: error }, 'trouble')
    if (error instanceof StoreError)
      return failed('Its storage does not answer. Try again in a minute.')
    return failed(`Something went wrong. The reference is ${req.id}.`)
  }
}

function failed(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true }
}

/**
 * For a client that opens addresses the error that asks for that (URL mode elicitation, with the address in its words
 * too); for any other the address as text. @throws UrlElicitationRequiredError
 */
function personNeeded(problem: HttpProblem, opensUrls: boolean): CallToolResult {
  const { heading, text, members, actions } = problem
  const url = actions[0]?.href ?? ''
  const sentence = `${heading}. ${text} The URL: ${url} Then make the same call again.`
  if (!opensUrls) return result(sentence, { needsPerson: true, url, ...members })
  const elicitationId = members.intent ?? members.run ?? ''
  const elicitation = { mode: 'url' as const, message: heading, url, elicitationId }
  throw new UrlElicitationRequiredError([elicitation], sentence)
}
