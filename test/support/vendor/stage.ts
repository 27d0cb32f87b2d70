// A stage for any vendor's file: its hosts become paths of one server, which answers by a script of its documented words.
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { startApp } from '../app/app.ts'
import { listen } from '../app/listen.ts'
import { CAMPAIGNS, type Environment, prepare } from '../app/setup.ts'
import { createVisitor } from '../browser/http-visitor.ts'

/** What is answered: JSON unless the body is text. */
export interface Said {
  status?: number
  headers?: Record<string, string>
  body?: unknown
}

export interface Heard {
  method: string
  /** `/<host>/<path>?<query>` of what the vendor's file names. */
  url: URL
  headers: IncomingHttpHeaders
  body: string
}

type Handler = (request: Heard) => Said | Promise<Said>

export type Stage = Awaited<ReturnType<typeof startStage>>

/** Answers the first part whose start fits; a redirect back for whatever is asked with a `redirect_uri`. */
export async function startStage() {
  const server = createServer((req, res) => {
    answer(req.method ?? '', req.url ?? '/', req.headers, req, res).catch((error) =>
      res.destroy(error),
    )
  })
  const url = `http://127.0.0.1:${await listen(server)}`
  const heard: Heard[] = []
  const parts: { start: string; handler: Handler }[] = []
  const back: Record<string, string> = { code: 'code-1' }

  async function answer(
    method: string,
    path: string,
    headers: IncomingHttpHeaders,
    body: AsyncIterable<Buffer>,
    res: ServerResponse,
  ) {
    const chunks: Buffer[] = []
    for await (const chunk of body) chunks.push(chunk)
    const request = {
      method,
      url: new URL(path, url),
      headers,
      body: Buffer.concat(chunks).toString(),
    }
    heard.push(request)
    const part = parts.findLast(({ start }) =>
      `${method} ${request.url.pathname}`.startsWith(start),
    )
    const said = part ? await part.handler(request) : sentBack(request)
    const text = typeof said.body === 'string' ? said.body : JSON.stringify(said.body ?? '')
    const type = typeof said.body === 'string' ? 'text/html' : 'application/json'
    res.writeHead(said.status ?? 200, { 'content-type': type, ...said.headers })
    res.end(said.status === 204 || said.body === undefined ? '' : text)
  }

  function sentBack({ url: asked }: Heard): Said {
    const target = asked.searchParams.get('redirect_uri')
    if (target === null) return { status: 404, body: 'nothing here' }
    const location = new URL(target)
    const state = asked.searchParams.get('state') ?? ''
    for (const [name, value] of Object.entries({ ...back, state }))
      location.searchParams.set(name, value)
    return { status: 302, headers: { location: location.href } }
  }

  return {
    url,
    heard,
    /** Parameters of the redirect back, beside the state. */
    back,
    /** From now on `METHOD /host/path…` is answered so; the last one that fits counts. */
    on: (start: string, handler: Handler | Said) =>
      void parts.push({ start, handler: typeof handler === 'function' ? handler : () => handler }),
    /** What was asked of `METHOD /host/path…`. */
    asked: (start: string) =>
      heard.filter(({ method, url: at }) => `${method} ${at.pathname}`.startsWith(start)),
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** A vendor file with its hosts moved onto the stage. */
export function onStage(file: string, stage: Stage): Record<string, unknown> {
  const moved = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string' && ['url', 'baseUrl', 'path'].includes(key))
      return value.replace(/^https:\/\//, `${stage.url}/`)
    if (Array.isArray(value)) return value.map((item) => moved(item))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, moved(item, name)]),
    )
  }
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
  return Object.assign({}, moved(content))
}

/** A vendor file for an API on the stage that takes keys: `PUT /api/<id>` with X-Api-Key. */
export function keyAds(baseUrl: string) {
  return {
    id: 'key-ads',
    name: 'Key Ads',
    client: { auth: 'key' },
    api: {
      baseUrl,
      auth: { in: 'header', name: 'X-Api-Key', value: '${token}' },
      push: { method: 'PUT', path: '/api/${campaign.id}', idempotencyHeader: 'Idempotency-Key' },
    },
  }
}

/** The very app with these vendor files, and one person's browser. `details` are added to each campaign. */
export async function playWith(
  files: Record<string, unknown>[],
  environment: Environment = {},
  details: object = {},
) {
  const setup = prepare({ vendors: [], environment })
  const campaigns = CAMPAIGNS.map((one) => ({ ...one, ...details }))
  writeFileSync(join(setup.folder, 'campaigns.json'), JSON.stringify(campaigns))
  const names = files.map((file, index) => {
    const name = join(setup.folder, `vendor-${index}.json`)
    writeFileSync(name, JSON.stringify(file))
    return name
  })
  Object.assign(setup.environment, { VENDORS: names.join(',') })
  for (const { id } of files) {
    const prefix = String(id).toUpperCase().replaceAll('-', '_')
    setup.environment[`${prefix}_CLIENT_ID`] ??= 'the client'
    setup.environment[`${prefix}_CLIENT_SECRET`] ??= 'a secret: 1%'
  }
  const app = await startApp(setup)
  const person = createVisitor(app.url)
  return {
    setup,
    app,
    person,
    async close() {
      await person.close()
      await app.close()
      setup.remove()
    },
  }
}
