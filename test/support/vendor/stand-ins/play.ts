// Plays a vendor's documented requests from data against its stand-in: sent as they stand, found page by page.
import { z } from 'zod'
import type { Stage } from '../stage.ts'
import { type Answer, fits, type Request, read, type VendorOperations } from './operations.ts'
import { pointed, render, type Scope } from './render.ts'

/** A signed-in client of one vendor on a stage. `known` are the values kept so far. */
export function createPlayer(vendor: VendorOperations, stage: Stage, scope: Scope) {
  const onStage = (url: string) => url.replace(/^https:\/\//, `${stage.url}/`)
  const base = onStage(String(render(vendor.base, scope)))

  async function send(
    operation: Request,
    path = `${base}${render(operation.path, scope, 'url')}`,
  ): Promise<Answer> {
    const { method, encoding, body, keep } = operation
    const headers = z
      .record(z.string(), z.string())
      .parse(render({ ...vendor.headers, ...operation.headers }, scope))
    const rendered = render(body, scope)
    const type = encoding === 'form' ? 'application/x-www-form-urlencoded' : 'application/json'
    const init =
      rendered === undefined
        ? {}
        : { body: encoding === 'form' ? form(rendered) : JSON.stringify(rendered) }
    const response = await fetch(path, {
      method,
      headers: { 'Content-Type': type, 'User-Agent': 'test', ...headers },
      ...init,
    })
    const answer = await read(response)
    for (const [name, pointer] of Object.entries(keep)) {
      const value = pointer.startsWith('header:')
        ? answer.headers.get(pointer.slice(7))
        : pointed(answer.body, pointer)
      if (response.ok && value !== undefined && value !== null) scope.known[name] = value
    }
    return answer
  }

  /** Every request of the list in turn; gives the last answer, or the first that is not one of `ok`. */
  async function sendAll(operations: Request[]): Promise<Answer> {
    let answer: Answer | undefined
    for (const operation of operations) {
      answer = await send(operation)
      if (!fits(vendor.signs.ok, answer)) return answer
    }
    if (answer === undefined) throw new Error('nothing to send')
    return answer
  }

  return {
    send,
    create: () => send(vendor.create),
    update: () => sendAll(vendor.update),
    /** The items that match, over all pages. */
    async find(): Promise<unknown[]> {
      const { items, match, not } = vendor.find
      const found: unknown[] = []
      for await (const { status, body } of pages(vendor, scope, base, onStage, send)) {
        const page = items === undefined ? (status === 200 ? [body] : []) : pointed(body, items)
        found.push(...z.array(z.unknown()).parse(page ?? []))
      }
      const wanted = match?.equals ?? match?.contains
      return found.filter((item) => {
        const value = pointed(item, match?.pointer ?? '')
        const fit =
          !match ||
          (match.equals === undefined
            ? String(value).includes(String(render(wanted, scope)))
            : value === render(wanted, scope))
        return fit && !not?.in.includes(pointed(item, not.pointer))
      })
    },
  }
}

type Send = (operation: Request, path?: string) => Promise<Answer>

const MOST_PAGES = 20

async function* pages(
  vendor: VendorOperations,
  scope: Scope,
  base: string,
  onStage: (url: string) => string,
  send: Send,
) {
  const { find } = vendor
  let url = new URL(`${base}${render(find.path, scope, 'url')}`)
  let body = find.body
  let seen = 0
  for (let number = 1; number <= MOST_PAGES; number++) {
    const answer = await send({ ...find, keep: {}, body }, url.href)
    yield answer
    const at = (pointer: string | undefined) =>
      pointer === undefined ? undefined : pointed(answer.body, pointer)
    const { next = {} } = find
    seen += z.array(z.unknown()).catch([]).parse(at(find.items)).length
    const link =
      next.header && /<([^>]+)>; rel="next"/.exec(answer.headers.get(next.header) ?? '')?.[1]
    const address = link ?? at(next.url)
    const value = at(next.pointer)
    const more = next.while === undefined || Boolean(at(next.while))
    if (typeof address === 'string')
      url = address.startsWith('/')
        ? new URL(`/${new URL(vendor.base).host}${address}`, url)
        : new URL(onStage(address))
    else if (next.param && value && more) url.searchParams.set(next.param, String(value))
    else if (next.member && value) body = { ...z.looseObject({}).parse(body), [next.member]: value }
    else if (next.offset && seen < Number(at(next.total)))
      url.searchParams.set(next.offset, String(seen))
    else if (next.page && number < Number(at(next.pages)))
      url.searchParams.set(next.page, String(number + 1))
    else return
  }
}

/** A form of text; lists and objects are JSON, as Meta takes them. */
function form(body: unknown): string {
  const members = Object.entries(z.looseObject({}).parse(body))
  return new URLSearchParams(
    members.map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ).toString()
}
