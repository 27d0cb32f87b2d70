// Every route with every role and with none: which there are is read from the app's own router, not from a list.
import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { mayDo, ROLES } from '../../src/identity/identity.ts'
import type { TestApp } from '../support/app/app.ts'
import { type Declaration, declarationsOf } from '../support/app/routes.ts'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { readPage } from '../support/browser/page.ts'
import {
  ADA,
  type Company,
  DANA,
  NOBODY,
  SAM,
  startCompany,
  VIC,
} from '../support/identity/company.ts'
import { type Scene, setScene } from '../support/scene/scene.ts'

const PEOPLE = { viewer: VIC, sender: SAM, approver: ADA, admin: DANA, none: NOBODY }
/** Routes that end what the others need. */
const LAST = ['/session/end']

let company: Company
let scene: Scene
let app: TestApp
let routes: Declaration[]

beforeAll(async () => {
  company = await startCompany()
  scene = await setScene({ environment: { ...company.environment, RATE_LIMIT: '0' } })
  app = await scene.startApp()
  const all = declarationsOf(createApp(app.context))
  const isLast = ({ path }: Declaration) => LAST.includes(path)
  routes = [...all.filter((one) => !isLast(one)), ...all.filter(isLast)]
})
afterAll(async () => {
  await scene.close()
  await company.close()
})

/** An address of this route: real ids where there are some, so that only the role stands in the way. */
function addressOf({ path }: Declaration): string {
  if (!path.startsWith('/') || path.startsWith('/^')) return '/style.css'
  const ids: Record<string, string> = { vendor: scene.vendor.settings.id, subject: 'campaign:C1' }
  return path.replace(/:(\w+)/g, (_all, name) => ids[name] ?? 'C1')
}

/** What the app says to this route: only whether it let the visitor in matters. */
async function codeOf(visitor: Visitor, route: Declaration): Promise<string> {
  const change = { accept: 'application/json' }
  const isGet = route.method === 'get'
  const { status, body } = isGet
    ? await visitor.get(addressOf(route), change)
    : await visitor.post(addressOf(route), {}, change)
  const code = /"code":"(E-SIGN-IN|E-ROLE)"/.exec(body)?.[1]
  return code !== undefined && (status === 401 || status === 403) ? code : 'let in'
}

async function codesOf(visitor: Visitor) {
  const codes: Record<string, string> = {}
  for (const route of routes) codes[`${route.method} ${route.path}`] = await codeOf(visitor, route)
  return codes
}

function expected(roles: readonly (typeof ROLES)[number][], otherwise: string) {
  return Object.fromEntries(
    routes.map((route) => [
      `${route.method} ${route.path}`,
      mayDo(roles, route.need ?? 'admin') ? 'let in' : otherwise,
    ]),
  )
}

describe('every route lets in who has the role that it declares, and nobody else', () => {
  test.each([...ROLES, 'none'] as const)('%s', async (role) => {
    company.state.person = PEOPLE[role]
    const visitor = scene.visitor(app.url)
    await visitor.open('/campaigns')
    const roles = role === 'none' ? [] : [role]
    expect(await codesOf(visitor)).toEqual(expected(roles, 'E-ROLE'))
  })

  test('somebody who has not signed in', async () => {
    const visitor = scene.visitor(app.url)
    expect(await codesOf(visitor)).toEqual(expected([], 'E-SIGN-IN'))
    expect(visitor.sessionIds()).toEqual([])
  })
})

test('a viewer sees no button but the one that signs out', async () => {
  company.state.person = VIC
  const visitor = scene.visitor(app.url)
  for (const path of ['/campaigns', '/campaigns/C1', '/runs', '/connections']) {
    const { actions } = readPage((await visitor.open(path)).body)
    // The search of the list is a form too, which only reads.
    const posts = new Set(actions.flatMap(({ post }) => post ?? []))
    posts.delete('/campaigns')
    expect([path, ...posts]).toEqual([path, '/session/end'])
  }
})

test('a viewer, who may sync none, has no boxes to tick', async () => {
  company.state.person = SAM
  const boxes = /type="checkbox"/
  expect((await scene.visitor(app.url).open('/campaigns')).body).toMatch(boxes)
  company.state.person = VIC
  expect((await scene.visitor(app.url).open('/campaigns')).body).not.toMatch(boxes)
})

test('no spelling of an address, and no header that names a method, gets around a role', async () => {
  company.state.person = VIC
  const visitor = scene.visitor(app.url)
  await visitor.open('/campaigns')
  const cookie = visitor.jar.header(new URL(app.url)) ?? ''
  const spellings = [
    '/audit',
    '/AUDIT',
    '/audit/',
    '/%61udit',
    '//audit',
    '/./audit',
    '/audit%2f',
    '/audit;a',
    '/audit%00',
    '/runs/../audit',
    '/audit.csv',
    '/audit.CSV',
    '/audit.csv?x=/campaigns',
  ]
  for (const path of spellings) {
    const answer = await rawGet(app.url, path, cookie)
    expect([path, answer.status, /"who"|seq,at/.test(answer.body)]).toEqual([
      path,
      expect.toBeOneOf([400, 403, 404]),
      false,
    ])
  }
  const before = scene.vendor.requests.length
  for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override'])
    for (const path of ['/campaigns/C1/sync', '/campaigns/C1/sync?_method=POST']) {
      const headers = { cookie, [name]: 'POST', accept: 'application/json' }
      await fetch(app.url + path, { headers, redirect: 'manual' })
    }
  expect(scene.vendor.requests.length).toBe(before)
})

/** The path as it is written: no client puts it in order. */
async function rawGet(origin: string, path: string, cookie: string) {
  const { hostname, port } = new URL(origin)
  const asked = request({
    hostname,
    port,
    path,
    headers: { cookie, accept: 'application/json' },
  }).end()
  const [response] = await once(asked, 'response')
  return { status: Number(response.statusCode), body: await text(response) }
}

test('a viewer changes nothing by any method', async () => {
  company.state.person = VIC
  const visitor = scene.visitor(app.url)
  await visitor.open('/campaigns')
  const stored = async () =>
    (await scene.dump()).map(({ key }) => key).filter((key) => !/^(rate|signin|sess):/.test(key))
  const before = await stored()
  for (const { path, need } of routes.filter((one) => one.method !== 'get'))
    if (need !== 'anybody') await visitor.post(addressOf({ method: 'post', path, need }), {})
  for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    for (const route of routes.filter(({ need }) => need !== 'anybody')) {
      const cookie = visitor.jar.header(new URL(app.url)) ?? ''
      const answer = await fetch(app.origin + addressOf(route), { method, headers: { cookie } })
      expect([route.path, answer.status]).toEqual([
        route.path,
        expect.toBeOneOf([400, 403, 404, 405]),
      ])
    }
  expect(await stored()).toEqual(before)
  expect(scene.vendor.requests).toEqual([])
})
