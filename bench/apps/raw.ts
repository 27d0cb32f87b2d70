// The floor: node:http, node-redis and undici, with only the I/O that the job needs and no safety at all.
import { hash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { CLIENT } from '../workload.ts'
import { BASE_URL, port, push, redis, tokens, VENDOR_URL, vendor } from './job.ts'

const CALLBACK = encodeURIComponent(`${BASE_URL}/callback`)
const AUTHORIZE = `${VENDOR_URL}/authorize?response_type=code&client_id=${CLIENT.id}&redirect_uri=${CALLBACK}&code_challenge_method=S256`
const BASIC = `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`
const TRIP_SECONDS = 600

const server = createServer((req, res) => {
  const [path = '', query = ''] = (req.url ?? '').split('?')
  const [, root, id = '', action] = path.split('/')
  const session = /(?:^|; )sid=([\w-]{43})/.exec(req.headers.cookie ?? '')?.[1]
  const work = () => {
    if (root === 'callback') return callback(res, session, new URLSearchParams(query))
    if (action === 'sync') return sync(res, session, id)
    if (action === 'connect') return connect(res, session, id)
    return page(req, res)
  }
  work().catch((error) => {
    console.error(error)
    if (!res.headersSent) res.writeHead(500)
    res.end()
  })
})
server.listen(port, '127.0.0.1')

async function page(req: IncomingMessage, res: ServerResponse): Promise<void> {
  res.end(`<h1>${req.url}</h1>`)
}

async function sync(res: ServerResponse, session: string | undefined, id: string): Promise<void> {
  const token = session && (await tokens.get(session, id))
  if (!token) return redirect(res, 302, `/campaigns/${id}/connect`)
  await push(id, token)
  redirect(res, 303, `/campaigns/${id}`)
}

async function connect(res: ServerResponse, known: string | undefined, id: string): Promise<void> {
  const [state, verifier, session] = [random(), random(), known ?? random()]
  await redis.set(`trip:${session}:${state}`, `${id} ${verifier}`, {
    expiration: { type: 'EX', value: TRIP_SECONDS },
  })
  if (!known) res.setHeader('set-cookie', `sid=${session}; Path=/; HttpOnly; SameSite=Lax`)
  const challenge = hash('sha256', verifier, 'base64url')
  redirect(res, 302, `${AUTHORIZE}&state=${state}&code_challenge=${challenge}`)
}

async function callback(res: ServerResponse, session: string | undefined, query: URLSearchParams) {
  const kept = session && (await redis.getDel(`trip:${session}:${query.get('state')}`))
  if (!kept) return void res.writeHead(403).end()
  const [id = '', verifier] = kept.split(' ')
  const code = encodeURIComponent(query.get('code') ?? '')
  const { statusCode, body } = await vendor.request({
    method: 'POST',
    path: '/token',
    headers: { authorization: BASIC, 'content-type': 'application/x-www-form-urlencoded' },
    body: `grant_type=authorization_code&code=${code}&redirect_uri=${CALLBACK}&code_verifier=${verifier}`,
  })
  const granted = (await body.json()) as { access_token: string; expires_in: number }
  if (statusCode !== 200) return void res.writeHead(502).end()
  await tokens.set(session, id, granted.access_token, granted.expires_in)
  redirect(res, 303, `/campaigns/${id}/sync`)
}

function redirect(res: ServerResponse, status: number, location: string): void {
  res.writeHead(status, { location, 'content-length': 0 }).end()
}

function random(): string {
  return randomBytes(32).toString('base64url')
}
