// Reads what a client sends to Redis, command by command, however it was cut into pieces on the way.

export interface Command {
  words: string[]
  bytes: Buffer
}

/** Takes pieces, gives the commands that are whole (RESP arrays of bulk strings). */
export function createCommandReader() {
  let rest = Buffer.alloc(0)
  return function* (piece: Buffer): Generator<Command> {
    rest = Buffer.concat([rest, piece])
    for (let one = first(rest); one; one = first(rest)) {
      rest = rest.subarray(one.bytes.length)
      yield one
    }
  }
}

function first(bytes: Buffer): Command | undefined {
  let at = 0
  const number = (sign: string): number | undefined => {
    const end = bytes.indexOf('\r\n', at)
    if (end < 0) return undefined
    const line = bytes.toString('latin1', at, end)
    if (!line.startsWith(sign)) throw new Error(`this is no command: ${line.slice(0, 20)}`)
    at = end + 2
    return Number(line.slice(1))
  }
  const count = number('*')
  if (count === undefined) return undefined
  const words: string[] = []
  for (let index = 0; index < count; index++) {
    const length = number('$')
    if (length === undefined || bytes.length < at + length + 2) return undefined
    words.push(bytes.toString('utf8', at, at + length))
    at += length + 2
  }
  return { words, bytes: bytes.subarray(0, at) }
}
