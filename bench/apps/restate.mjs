// Durable peer: Express, simple-oauth2 and Restate. One invocation a press, its idempotency key the press; the push is its run.
import * as restate from '@restatedev/restate-sdk'
import * as clients from '@restatedev/restate-sdk-clients'
import { addConnect } from './connect.mjs'
import { createPeer, listen } from './express.ts'
import { push } from './job.ts'

const {
  RESTATE_INGRESS,
  RESTATE_ADMIN,
  SERVICE_PORT,
  SERVICE_URL,
  SERVICE = 'pusher',
} = process.env

const pusher = restate.service({
  name: SERVICE,
  handlers: {
    push: async (ctx, { id, token, press }) => {
      await ctx.run('push', () => push(id, token, press))
    },
  },
})
await restate.serve({ services: [pusher], port: Number(SERVICE_PORT) })
await register(SERVICE_URL)

const service = clients.connect({ url: RESTATE_INGRESS }).serviceClient(pusher)
const app = createPeer(async (id, token, press) => {
  await service.push({ id, token, press }, clients.rpc.opts({ idempotencyKey: press }))
})
addConnect(app)
listen(app)

/** What `restate deployments register <uri>` does; a known one stays. */
async function register(uri) {
  const response = await fetch(`${RESTATE_ADMIN}/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri }),
  })
  if (!response.ok) throw new Error(`not registered: ${response.status} ${await response.text()}`)
}
