// What the peers share: Express with sessions in Redis, the page of a campaign, and its sync.
import { randomUUID } from 'node:crypto'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { port, push, redis, tokens } from './job.ts'

const SESSION_SECONDS = 7 * 24 * 3600

/** Pushes and waits until it is done; `press` is the same for one press however often it comes. */
type Deliver = (id: string, token: string, press: string) => Promise<void>

/** The app with everything but the way to the vendor and back. Without an engine the push is made within the request. */
export function createPeer(deliver?: Deliver) {
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
    const { press } = req.query
    const token = await tokens.get(req.sessionID, id)
    if (!token) return res.redirect(`/campaigns/${id}/connect${press ? `?press=${press}` : ''}`)
    await (deliver?.(id, token, press ? String(press) : randomUUID()) ?? push(id, token))
    res.redirect(303, `/campaigns/${id}`)
  })
  return app
}

export function listen(app: ReturnType<typeof createPeer>): void {
  app.listen(port, '127.0.0.1')
}
