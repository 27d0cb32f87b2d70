// Peer: Express and simple-oauth2, which push within the request and promise nothing.
import { addConnect } from './connect.mjs'
import { createPeer, listen } from './express.ts'

const app = createPeer()
addConnect(app)
listen(app)
