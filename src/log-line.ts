// Log lines for a person at a terminal: one to read for each JSON line of log.ts.
import { z } from 'zod'

const line = z.looseObject({
  time: z.string(),
  level: z.string(),
  msg: z.string().optional(),
  err: z.looseObject({ stack: z.string().optional() }).optional(),
})

/** `11:25:57 error trouble code=E-STORE status=503`, with the stack of an error below. Takes one line of pino's JSON. */
export function readableLine(json: string): string {
  const {
    time,
    level,
    msg = '',
    err: { stack, ...error } = {},
    ...rest
  } = line.parse(JSON.parse(json))
  const fields = Object.entries({ ...rest, ...error }).map(
    ([name, value]) => `${plain(name)}=${plain(value)}`,
  )
  const head = [time.slice(11, 19), level.padEnd(5), msg, ...fields].join(' ')
  return `${stack === undefined ? head : `${head}\n${withoutControls(stack)}`}\n`
}

/** Quoted unless it is one word. */
function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[\w./:@-]+$/.test(text) ? text : JSON.stringify(withoutControls(text))
}

/** Nothing in a line may move the cursor or colour what follows. */
function withoutControls(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, ' ')
}
