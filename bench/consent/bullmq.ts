// The adapter of BullMQ, a durable peer.
import { peerAdapter } from './peer.ts'

export const adapter = await peerAdapter('BullMQ')
