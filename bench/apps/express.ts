// What the peers share: Express with sessions in Redis, the page of a campaign, and its sync.
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { port, push, redis, tokens } from './job.ts'

const SESSION_SECONDS = 7 * 24 * 3600

/** The app with everything but the way to the vendor and back. */
export function createPeer() {
  const app = express()
  app.use(
    session({
      name: 'sid',
      secret: 'only-for-the-benchmark-0123456789abcdef',
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax' },
      store: new RedisStore({ client: redis, ttl: SESSION_SECONDS }),
    }),
  )
  app.get('/campaigns/:id', (req, res) => {
    res.send(`<h1>Campaign ${req.params.id}</h1>`)
  })
  app.get('/campaigns/:id/sync', async (req, res) => {
    const { id } = req.params
    const token = await tokens.get(req.sessionID, id)
    if (!token) return res.redirect(`/campaigns/${id}/connect`)
    await push(id, token)
    res.redirect(303, `/campaigns/${id}`)
  })
  return app
}

export function listen(app: ReturnType<typeof createPeer>): void {
  app.listen(port, '127.0.0.1')
}
