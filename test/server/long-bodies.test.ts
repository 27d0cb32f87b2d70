// Bodies that are longer than any form of ours: refused at the limit, and the connection ends before the whole is read.
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { sendRaw } from '../support/browser/raw-socket.ts'
import { scenes } from '../support/scene/scene.ts'

const { begin } = scenes('embedded')

const BLOCK = Buffer.alloc(65_536, 'a')
const CHUNK = Buffer.concat([Buffer.from('10000\r\n'), BLOCK, Buffer.from('\r\n')])
/** What lies in the buffers between two processes on one machine; far less than was to be sent. */
const BUFFERED = 12e6
const TO_SEND = 100e6

/** Pours a body as fast as it is taken, until all is sent or the connection ends. */
async function pour(origin: string, line: string, headers: Record<string, string>) {
  const { hostname, port, host } = new URL(origin)
  const isChunked = headers['transfer-encoding'] !== undefined
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`)
  const socket = connect(Number(port), hostname)
  const started = performance.now()
  const closed = new Promise((resolve) => socket.once('close', resolve))
  let reply = ''
  socket.on('error', () => {}) // it is cut off while we write
  socket.on('data', (data) => {
    reply += data.toString('latin1')
  })
  socket.write(`${line} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  let sent = 0
  const more = () => {
    while (!socket.destroyed && sent < TO_SEND) {
      sent += BLOCK.length
      if (!socket.write(isChunked ? CHUNK : BLOCK)) return
    }
    if (sent >= TO_SEND) socket.destroy()
  }
  socket.on('drain', more)
  more()
  await closed
  return { reply, sent: sent - socket.writableLength, ms: performance.now() - started }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const LONG = { 'content-length': '300000000' }
const CHUNKED = { 'transfer-encoding': 'chunked' }

test.each([
  ['POST /nowhere', { ...FORM, ...LONG }],
  ['POST /nowhere', { ...FORM, ...CHUNKED }],
  ['POST /nowhere', { 'content-type': 'text/plain', ...CHUNKED }],
  ['POST /campaigns/C1/sync', { ...FORM, ...LONG }],
  ['POST /campaigns/C1/sync', { ...FORM, ...CHUNKED }],
  ['POST /runs', { 'content-type': 'application/json', ...LONG }],
  ['POST /runs', { 'content-type': 'application/json', ...CHUNKED }],
  ['POST /runs', { ...FORM, ...CHUNKED, 'sec-fetch-site': 'cross-site' }],
  ['DELETE /campaigns', { ...FORM, ...CHUNKED }],
  ['GET /campaigns', { ...LONG }],
  ['GET /healthz', { ...LONG }],
  ['GET /healthz', { ...CHUNKED }],
  ['GET /style.css', { ...CHUNKED }],
])('%s with %o ends the connection', async (line, headers) => {
  const { app } = await begin()
  const { sent, ms } = await pour(app.origin, line, headers)
  expect(sent).toBeLessThan(BUFFERED)
  expect(ms).toBeLessThan(2_000)
})

test('says why, and ends the connection, when the length says that it is too long', async () => {
  const { app } = await begin()
  for (const [path, length] of [
    ['/campaigns/C1/sync', 16_385],
    ['/runs', 131_073],
    ['/nowhere', 16_385],
  ] as const) {
    const headers = { host: 'localhost', ...FORM, 'content-length': String(length) }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    const reply = await sendRaw(
      app.origin,
      `POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`,
    )
    expect([path, reply.status]).toEqual([path, 400])
    expect(reply.headers).toContainEqual(['connection', 'close'])
    expect(reply.body).toContain('It is larger than any form of ours.')
  }
})

test('a body of unknown length is read as any other, up to the limit', async () => {
  const { app } = await begin()
  // Whoever has no session is given one first.
  const body = '{"id":["C1"]}'
  const first = await sendRaw(
    app.origin,
    `POST /runs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  )
  expect(first.status).toBe(307)
  const cookie = first.headers.find(([name]) => name === 'set-cookie')?.[1]
  const head = (path: string) =>
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncookie: ${cookie?.split(';')[0]}\r\ncontent-type: application/json\r\naccept: application/json\r\ntransfer-encoding: chunked\r\n\r\n`
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
  const made = await sendRaw(
    app.origin,
    `${head('/runs')}${chunk('{"id":')}${chunk('["C1"]}')}0\r\n\r\n`,
  )
  expect([made.status, made.headers]).toEqual([
    201,
    expect.arrayContaining([['connection', 'close']]),
  ])
  const long = await sendRaw(app.origin, `${head('/runs')}${chunk('a'.repeat(131_073))}`)
  expect([long.status, JSON.parse(long.body)]).toMatchObject([
    400,
    { detail: 'It is larger than any form of ours.' },
  ])
})
