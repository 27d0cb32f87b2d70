// Methods that pretend, and what answers say to other origins.
import { expect, test } from 'vitest'
import { rawRequest, sendRaw } from '../support/browser/raw-socket.ts'
import { sync, told } from '../support/scene/authorization.ts'
import { caseScenes } from '../support/scene/case-scene.ts'

const { begin } = caseScenes()

test('CSR-12: a GET stays a GET, whatever it says about itself', async () => {
  const { person, vendor } = await begin()
  await sync(person, 'C1')
  const names = ['x-http-method-override', 'x-method-override', 'x-http-method', '_method']
  for (const name of names) await person.get('/campaigns/C1/sync?_method=POST', { [name]: 'POST' })
  await person.get('/session/end?_method=POST', { 'x-http-method-override': 'POST' })
  expect(vendor.at('api')).toHaveLength(1)
  expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
})

test('CSR-13: no answer allows another origin anything', async () => {
  const { person, app } = await begin()
  const origin = 'https://evil.test'
  const paths = [
    '/',
    '/campaigns',
    '/campaigns/C1',
    '/campaigns/C1/sync',
    '/connect/fake/C1',
    '/oauth/fake/callback',
    '/connections',
    '/healthz',
    '/readyz',
    '/metrics',
    '/style.css',
    '/nowhere',
    '/runs',
    '/session/end',
  ]
  for (const path of paths) {
    const preflight = rawRequest(`OPTIONS ${path}`, {
      host: new URL(app.url).host,
      origin,
      'access-control-request-method': 'POST',
    })
    const { headers } = await sendRaw(app.origin, preflight)
    const simple = await person.get(path, { origin, 'sec-fetch-site': 'cross-site' })
    const names = [...headers.map(([name]) => name), ...Object.keys(simple.headers)]
    expect(names.filter((name) => name.startsWith('access-control-'))).toEqual([])
  }
})
