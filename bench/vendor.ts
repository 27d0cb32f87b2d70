// The vendor of the benchmark: authorization, token, pushes, and counts of what it saw. Run by itself it is a process of its own.
import { hash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { CLIENT } from './workload.ts'

/** Less is not the campaign. */
const LEAST_BYTES = 1_500
const CAMPAIGNS = '/api/campaigns/'
const BASIC = `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`

const seen = { authorized: 0, tokens: 0, pushes: 0, refused: 0 }

/** What is told of a push that was applied: which campaign, and under which Idempotency-Key. */
type OnPush = (campaign: string, key: string | undefined) => void

if (import.meta.main) createVendor().listen(Number(process.env.PORT), '127.0.0.1')

export function createVendor(onPush: OnPush = () => {}) {
  return createServer({ keepAliveTimeout: 60_000 }, async (req, res) => {
    const [path = '', query = ''] = (req.url ?? '').split('?')
    if (req.method === 'PUT' && path.startsWith(CAMPAIGNS)) push(req, res, onPush)
    else if (path === '/authorize') authorize(new URLSearchParams(query), res)
    else if (path === '/token') token(req, new URLSearchParams(await text(req)), res)
    else if (path === '/seen') answer(res, 200, seen)
    else refuse(res, 404, 'not_found')
  })
}

/** The code carries its PKCE challenge, so that nothing has to be kept. */
function authorize(query: URLSearchParams, res: ServerResponse): void {
  const challenge = query.get('code_challenge') ?? ''
  const [state, back] = [query.get('state'), query.get('redirect_uri')]
  const asked = query.get('response_type') === 'code' && query.get('client_id') === CLIENT.id
  const proved = query.get('code_challenge_method') === 'S256' && challenge.length === 43
  if (!asked || !proved || !state || !back) return void refuse(res, 400, 'invalid_request')
  seen.authorized += 1
  const parameters = new URLSearchParams({ code: `${challenge}.${seen.authorized}`, state })
  res.writeHead(302, { location: `${back}?${parameters}`, 'content-length': 0 }).end()
}

function token(req: IncomingMessage, form: URLSearchParams, res: ServerResponse): void {
  const inBody = form.get('client_id') === CLIENT.id && form.get('client_secret') === CLIENT.secret
  if (req.headers.authorization !== BASIC && !inBody) return void refuse(res, 401, 'invalid_client')
  const [challenge] = (form.get('code') ?? '').split('.')
  const proof = hash('sha256', form.get('code_verifier') ?? '', 'base64url')
  const isCode = form.get('grant_type') === 'authorization_code' && form.has('redirect_uri')
  if (!isCode || proof !== challenge) return void refuse(res, 400, 'invalid_grant')
  seen.tokens += 1
  answer(res, 200, {
    access_token: `at_${challenge}${seen.tokens}`,
    token_type: 'Bearer',
    expires_in: 3600,
  })
}

function push(req: IncomingMessage, res: ServerResponse, onPush: OnPush): void {
  let bytes = 0
  req.on('data', (piece: Buffer) => {
    bytes += piece.length
  })
  req.on('end', () => {
    if (!req.headers.authorization?.startsWith('Bearer at_'))
      return void refuse(res, 401, 'invalid_token')
    if (bytes < LEAST_BYTES) return void refuse(res, 400, 'not_a_campaign')
    seen.pushes += 1
    const id = req.url?.slice(CAMPAIGNS.length) ?? ''
    onPush(id, req.headers['idempotency-key']?.toString())
    answer(res, 200, { id, status: 'accepted' })
  })
}

function refuse(res: ServerResponse, status: number, error: string): void {
  seen.refused += 1
  answer(res, status, { error })
}

function answer(res: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  res.end(text)
}
