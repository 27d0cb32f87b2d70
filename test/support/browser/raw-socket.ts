// Requests no client library would send: bytes on a socket, and what comes back until the app ends the connection.
import { connect } from 'node:net'

export interface RawAnswer {
  /** 0 when the connection ended without an answer. */
  status: number
  /** Lower case; of a header that is there twice both. */
  headers: [string, string][]
  body: string
}

/** Sends the text as it is (latin1) and reads for 5 s at most. */
export async function sendRaw(origin: string, text: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.on('data', (chunk) => void chunks.push(Buffer.from(chunk)))
  socket.on('error', () => {}) // a reset is an answer, too
  socket.setTimeout(5_000, () => socket.destroy())
  socket.write(text, 'latin1')
  await closed
  const [head = '', ...body] = Buffer.concat(chunks).toString('latin1').split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const [name = '', ...value] = line.split(': ')
    return [name.toLowerCase(), value.join(': ')]
  })
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(first)?.[1] ?? 0),
    headers,
    body: body.join('\r\n\r\n'),
  }
}

/** A whole request with these headers; the connection is closed after it. */
export function rawRequest(line: string, headers: Record<string, string>, body = ''): string {
  const all = {
    ...headers,
    connection: 'close',
    ...(body && { 'content-length': String(body.length) }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `${line} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}
