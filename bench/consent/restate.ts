// The adapter of Restate, a durable peer.
import { peerAdapter } from './peer.ts'

export const adapter = await peerAdapter('Restate')
