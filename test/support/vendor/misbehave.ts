// How the fake vendor gives an answer: as it should, or in one of the ways a script asks for.
import { once } from 'node:events'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'

/** What a well-behaved vendor answers. `body` is JSON when it is an object. */
export interface Answer {
  status: number
  headers?: OutgoingHttpHeaders
  body?: unknown
}

/** One scripted answer. What is not named stays as the good vendor does it. */
export interface Step {
  status?: number
  /** Merged over the good answer's; null removes one. */
  headers?: Record<string, string | string[] | null>
  /** Text, bytes, or an object sent as JSON. */
  body?: string | Buffer | object
  /** Members merged over the good JSON body; undefined removes one. */
  members?: Record<string, unknown>
  /** Parameters merged over those of the redirect back to the app (authorize); null removes one. */
  back?: Record<string, string | null>
  redirect?: string
  encoding?: 'gzip' | 'deflate' | 'br'
  /** ms before anything is answered. */
  delayMs?: number
  /** Sends so many bytes at a time, so many ms apart. */
  drip?: { bytes: number; everyMs: number }
  /** Ends the connection after so many bytes of the body, with the whole Content-Length promised. */
  cut?: number
  /** RST in place of an answer. */
  reset?: true
  /** No answer at all; the connection stays open. */
  never?: true
  /** A body that does not end. */
  endless?: true
  /** So many zero bytes, gzipped. */
  bomb?: number
  /** Written to the socket as it is, which is then ended. */
  raw?: string | Buffer
  /** Whether the effect takes place. By default it does, unless status, body or the whole answer is replaced. */
  apply?: boolean
  /** Waits for it before (default) or after the effect; see `gate`. */
  hold?: { when: 'before' | 'after'; until: Promise<void> }
}

/** Whether the good vendor's work is done for a step that does not say. */
export function applies(step: Step): boolean {
  const replaced = [
    step.status,
    step.body,
    step.redirect,
    step.reset,
    step.never,
    step.endless,
    step.bomb,
  ]
  return step.apply ?? [...replaced, step.raw].every((part) => part === undefined)
}

/** Sends `good`, changed as the step says. */
export async function answer(res: ServerResponse, good: Answer, step: Step): Promise<void> {
  if (step.delayMs !== undefined) await wait(step.delayMs)
  const { socket } = res
  if (!socket || socket.destroyed || step.never) return
  if (step.reset) return void socket.resetAndDestroy()
  if (step.raw !== undefined) {
    await inPieces(Buffer.from(step.raw), step.drip, (piece) => socket.write(piece))
    return void socket.end()
  }
  if (step.endless) return endless(res, good, step)
  const body = encode(bodyOf(good, step), step)
  res.writeHead(
    step.status ?? (step.redirect === undefined ? good.status : 302),
    headersOf(good, body, step),
  )
  if (step.cut !== undefined)
    return void res.write(body.subarray(0, step.cut), () => socket.destroy())
  if (step.drip) await inPieces(body, step.drip, (piece) => res.write(piece))
  else res.write(body)
  res.end()
}

function bodyOf(good: Answer, step: Step): Buffer {
  if (step.bomb !== undefined) return gzipSync(Buffer.alloc(step.bomb))
  const plain = step.body ?? good.body ?? ''
  if (Buffer.isBuffer(plain)) return plain
  if (typeof plain === 'string') return Buffer.from(plain)
  return Buffer.from(JSON.stringify({ ...plain, ...step.members }))
}

function encode(body: Buffer, { encoding }: Step): Buffer {
  if (encoding === undefined) return body
  return { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }[encoding](body)
}

function headersOf(good: Answer, body: Buffer, step: Step): OutgoingHttpHeaders {
  const isJson = typeof (step.body ?? good.body ?? '') === 'object' && !Buffer.isBuffer(step.body)
  const encoding = step.bomb === undefined ? step.encoding : 'gzip'
  const headers = {
    'content-type': isJson ? 'application/json' : 'text/html',
    'content-length': body.length,
    ...(step.status === undefined && good.headers),
    ...(encoding && { 'content-encoding': encoding }),
    ...(step.redirect !== undefined && { location: step.redirect }),
    ...step.headers,
  }
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    value === null ? [] : [[name, value]],
  )
  return Object.fromEntries(kept)
}

async function inPieces(
  bytes: Buffer,
  drip: Step['drip'],
  write: (piece: Buffer) => void,
): Promise<void> {
  const size = drip?.bytes ?? bytes.length
  for (let at = 0; at < bytes.length; at += size) {
    write(bytes.subarray(at, at + size))
    if (drip) await wait(drip.everyMs)
  }
}

async function endless(res: ServerResponse, good: Answer, step: Step): Promise<void> {
  res.writeHead(step.status ?? good.status, { 'content-type': 'application/json', ...good.headers })
  const closed = once(res, 'close')
  while (!res.destroyed) {
    if (!res.write(Buffer.alloc(65_536, ' '))) await Promise.race([once(res, 'drain'), closed])
  }
}
