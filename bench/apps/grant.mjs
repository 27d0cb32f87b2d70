// Peer: grant makes the trip, with state and PKCE, and hands its answer to the callback route within one request.
import grant from 'grant'
import { CLIENT } from '../workload.ts'
import { createPeer, listen } from './express.ts'
import { BASE_URL, tokens, VENDOR_URL } from './job.ts'

const app = createPeer()

app.get('/campaigns/:id/connect', (req, res) => {
  req.session.campaign = req.params.id
  res.redirect('/connect/vendor')
})

app.use(
  grant.express({
    defaults: {
      origin: BASE_URL,
      transport: 'state',
      state: true,
      pkce: true,
      response: ['tokens', 'raw'],
    },
    vendor: {
      oauth: 2,
      key: CLIENT.id,
      secret: CLIENT.secret,
      authorize_url: `${VENDOR_URL}/authorize`,
      access_url: `${VENDOR_URL}/token`,
      token_endpoint_auth_method: 'client_secret_basic',
    },
  }),
)

app.get('/connect/vendor/callback', async (req, res) => {
  const { campaign } = req.session
  const { access_token, raw, error } = res.locals.grant.response
  if (error || !campaign) return res.sendStatus(403)
  delete req.session.campaign
  delete req.session.grant
  await tokens.set(req.sessionID, campaign, access_token, raw.expires_in)
  res.redirect(303, `/campaigns/${campaign}/sync`)
})

listen(app)
