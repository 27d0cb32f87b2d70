// The driver's HTTP: undici with as little work for each request as it allows, so that the app is the limit.
import type { IncomingHttpHeaders } from 'node:http'
import { Pool } from 'undici'

/** Sockets to one origin; as many as requests are ever under way at once. */
const CONNECTIONS = 512

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  /** Only when asked for. */
  body: string
}

const pools = new Map<string, Pool>()

/** One exchange. @throws when there is no answer */
export function exchange(
  url: string,
  { method = 'GET', headers = {}, keepBody = false }: Options = {},
): Promise<Answer> {
  const pathAt = url.indexOf('/', 'https://'.length)
  const answer: Answer = { status: 0, headers: {}, body: '' }
  return new Promise((resolve, reject) => {
    poolOf(url.slice(0, pathAt)).dispatch(
      { method, path: url.slice(pathAt), headers },
      {
        onRequestStart() {},
        onResponseStart(_controller, status, headers) {
          answer.status = status
          answer.headers = headers
        },
        onResponseData(_controller, piece) {
          if (keepBody) answer.body += piece
        },
        onResponseEnd: () => resolve(answer),
        onResponseError: (_controller, error) => reject(error),
      },
    )
  })
}

interface Options {
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  keepBody?: boolean
}

function poolOf(origin: string): Pool {
  const pool = pools.get(origin) ?? new Pool(origin, { connections: CONNECTIONS, pipelining: 1 })
  pools.set(origin, pool)
  return pool
}

/** Closes every connection; the next exchange opens new ones. */
export async function closeConnections(): Promise<void> {
  const open = [...pools.values()]
  pools.clear()
  await Promise.all(open.map((pool) => pool.close()))
}
