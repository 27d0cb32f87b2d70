// A load balancer in front of several instances: each request goes to the next one.
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { listen } from './listen.ts'

/** Starts it on a free port; `targets` are origins like http://127.0.0.1:4711, set once the instances run. */
export async function startBalancer() {
  const targets: string[] = []
  const served: { target: string; path: string }[] = []
  const server = createServer((req, res) => {
    const target = targets[served.length % targets.length] ?? ''
    served.push({ target, path: req.url ?? '' })
    const { hostname, port } = new URL(target)
    const { method, url: path, headers } = req
    const onward = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    })
    onward.on('error', () => res.destroy())
    req.pipe(onward)
  })
  const port = await listen(server)
  return {
    url: `http://localhost:${port}`,
    targets,
    /** What went where, in order. */
    served,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
