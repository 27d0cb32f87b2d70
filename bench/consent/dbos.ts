// The adapter of DBOS, a durable peer.
import { peerAdapter } from './peer.ts'

export const adapter = await peerAdapter('DBOS')
