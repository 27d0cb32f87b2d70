// The way to the vendor and back with simple-oauth2: it makes the address and exchanges the code; state and PKCE are the app's.
import { createHash, randomBytes } from 'node:crypto'
import { AuthorizationCode } from 'simple-oauth2'
import { CLIENT } from '../workload.ts'
import { BASE_URL, tokens, VENDOR_URL } from './job.ts'

// Another vendor than the benchmark's knows another client, by its secret in the body.
const { CLIENT_ID: id, CLIENT_SECRET: secret } = process.env
const client = new AuthorizationCode({
  client: id ? { id, secret } : CLIENT,
  auth: { tokenHost: VENDOR_URL, tokenPath: '/token', authorizePath: '/authorize' },
  ...(id && { options: { authorizationMethod: 'body' } }),
})
const CALLBACK = `${BASE_URL}/callback`

/** Adds both routes; what was asked for (`press`, when there is one) goes along in the session. */
export function addConnect(app) {
  app.get('/campaigns/:id/connect', (req, res) => {
    const [state, verifier] = [random(), random()]
    const { press } = req.query
    req.session.trips = { ...req.session.trips, [state]: { id: req.params.id, press, verifier } }
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const scope = process.env.SCOPE
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }
    res.redirect(client.authorizeURL({ redirect_uri: CALLBACK, state, scope, ...pkce }))
  })

  app.get('/callback', async (req, res) => {
    const { code, state } = req.query
    const trip = req.session.trips?.[state]
    if (!trip) return res.sendStatus(403)
    delete req.session.trips[state]
    const { token } = await client.getToken({
      code,
      redirect_uri: CALLBACK,
      code_verifier: trip.verifier,
    })
    await tokens.set(req.sessionID, trip.id, token.access_token, token.expires_in)
    const press = trip.press ? `?press=${trip.press}` : ''
    res.redirect(303, `/campaigns/${trip.id}/sync${press}`)
  })
}

function random() {
  return randomBytes(32).toString('base64url')
}
