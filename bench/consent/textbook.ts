// A textbook app: Express, a session, state and PKCE, and a push within the request. It is what the bench is held against.
import { createHash, randomBytes } from 'node:crypto'
import express from 'express'
import session from 'express-session'

interface Waiting {
  state: string
  verifier: string
  campaign: string
}
/** By session, in memory, as in many a tutorial. */
const waitings = new Map<string, Waiting>()
const tokens = new Map<string, string>()

const {
  PORT,
  URL: url,
  AUTHORIZE = '',
  TOKEN = '',
  API = '',
  CLIENT_ID = '',
  SECRET = '',
} = process.env
const app = express()
const secret = 'only for the bench'
app.use(session({ secret, resave: false, saveUninitialized: true, cookie: { sameSite: 'lax' } }))

app.get('/ready', (_req, res) => void res.send('ok'))
app.get('/campaigns/:id', ({ params: { id } }, res) => {
  res.send(
    `<main><h1>${id}</h1><form method="post" action="/campaigns/${id}/sync"><button>Sync</button></form></main>`,
  )
})
app.post('/campaigns/:id/sync', (req, res) => sync(req, res, req.params.id))
app.get('/callback', async (req, res) => {
  const waiting = waitings.get(req.sessionID)
  if (!waiting || req.query.state !== waiting.state || !req.query.code)
    return void res.status(400).send('<main><h1>Not connected</h1></main>')
  const form = {
    grant_type: 'authorization_code',
    code: String(req.query.code),
    redirect_uri: `${url}/callback`,
    client_id: CLIENT_ID,
    client_secret: SECRET,
    code_verifier: waiting.verifier,
  }
  const headers = { accept: 'application/json' }
  const response = await fetch(TOKEN, { method: 'POST', headers, body: new URLSearchParams(form) })
  const { access_token } = Object(await response.json())
  tokens.set(req.sessionID, access_token)
  await sync(req, res, waiting.campaign)
})

async function sync(req: express.Request, res: express.Response, campaign: string): Promise<void> {
  const token = tokens.get(req.sessionID)
  if (!token) return connect(req, res, campaign)
  const response = await fetch(`${API}/${campaign}`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: JSON.stringify({ id: campaign }),
  })
  if (response.status === 401) return connect(req, res, campaign)
  res.send(`<main><h1>${response.ok ? 'Synced' : 'Failed'}</h1></main>`)
}

function connect(req: express.Request, res: express.Response, campaign: string): void {
  const [state, verifier] = [
    randomBytes(24).toString('base64url'),
    randomBytes(32).toString('base64url'),
  ]
  waitings.set(req.sessionID, { state, verifier, campaign })
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: `${url}/callback`,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  res.redirect(303, `${AUTHORIZE}?${query}`)
}

app.listen(Number(PORT), '127.0.0.1')
