// Scripts, styles and pictures: each under a name with its hash, which a browser keeps for a year, and under its own.
// And the compression of what is sent, so that no proxy need do it.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import compression from 'compression'
import express, { type RequestHandler } from 'express'
import { ONE_TIME_PATHS } from './guards.ts'

/** `style.css` by its hashed address, `/style.3f2a9c81b0.css`, and the handler that serves both. */
export function createAssets(folder: string): {
  path(name: string): string
  serve: RequestHandler[]
} {
  const hashed = new Map(
    readdirSync(folder).map((name) => {
      const hash = createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex')
      return [`/${name.replace(/\.(?=\w+$)/, `.${hash.slice(0, 10)}.`)}`, `/${name}`]
    }),
  )
  const addresses = new Map([...hashed].map(([address, name]) => [name, address]))
  return {
    path: (name) => addresses.get(`/${name}`) ?? `/${name}`,
    serve: [
      (req, res, next) => {
        const name = hashed.get(req.path)
        if (name !== undefined) res.set('Cache-Control', 'public, max-age=31536000, immutable')
        // A page of another version asks for another hash, and gets the file of this one.
        req.url = name ?? req.url.replace(/\.[0-9a-f]{10}(?=\.\w+$)/, '')
        next()
      },
      express.static(folder, {
        index: false,
        redirect: false,
        cacheControl: false,
        setHeaders(res) {
          if (!res.hasHeader('Cache-Control'))
            res.setHeader('Cache-Control', 'public, max-age=3600')
        },
      }),
    ],
  }
}

/**
 * Compresses pages, JSON and files (GET) for those that take it. Not a stream of events: each is to arrive when it happens.
 * No page holds a secret beside text of a stranger, from whose compressed lengths it could be guessed (BREACH): forms
 * are proven by Origin, not by a token.
 */
export const compressed: RequestHandler = (req, res, next) => {
  if (req.method === 'GET' && !ONE_TIME_PATHS.test(req.path)) compress(req, res, next)
  else next() // a redirect, or a few words
}

const compress = compression({
  filter: (req, res) =>
    !String(res.getHeader('Content-Type')).startsWith('text/event-stream') &&
    compression.filter(req, res),
})
