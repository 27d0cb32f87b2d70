// Bytes to the app and what comes back, without any client's good manners.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Sends the bytes and gives all that is answered until the connection ends, or until `ms` have passed. */
export async function exchange(origin: string, bytes: string, ms = 20_000): Promise<string> {
  const socket = await dial(origin)
  let answer = ''
  socket.setEncoding('latin1').on('data', (text) => {
    answer += text
  })
  socket.write(bytes)
  const late = setTimeout(() => socket.destroy(), ms)
  await once(socket, 'close')
  clearTimeout(late)
  return answer
}

/** A connection whose errors nobody needs. */
export async function dial(origin: string): Promise<Socket> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** The status of each answer on a connection. */
export const statuses = (answers: string) =>
  [...answers.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status))
