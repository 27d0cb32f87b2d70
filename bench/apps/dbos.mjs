// Durable peer: Express, simple-oauth2 and DBOS. One workflow a press, its id from the press; the push is its step.
import { DBOS } from '@dbos-inc/dbos-sdk'
import { addConnect } from './connect.mjs'
import { createPeer, listen } from './express.ts'
import { push } from './job.ts'

const workflow = DBOS.registerWorkflow(
  (id, token, press) => DBOS.runStep(() => push(id, token, press), { name: 'push' }),
  { name: 'sync' },
)

DBOS.setConfig({
  name: 'campaign-sync-peer',
  applicationVersion: '1',
  systemDatabaseUrl: process.env.DBOS_SYSTEM_DATABASE_URL,
  runAdminServer: false,
  logLevel: 'warn',
})
await DBOS.launch()

const app = createPeer(async (id, token, press) => {
  const handle = await DBOS.startWorkflow(workflow, { workflowID: press })(id, token, press)
  await handle.getResult()
})
addConnect(app)
listen(app)
