// Bodies that are not what a form of ours sends.
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { rawRequest, sendRaw } from '../support/browser/raw-socket.ts'
import { sync, told } from '../support/scene/authorization.ts'
import { expectUntouched } from '../support/scene/callbacks.ts'
import { caseScenes } from '../support/scene/case-scene.ts'

const { begin } = caseScenes()

test('INP-10: bodies that are no form of ours are refused and push nothing', async () => {
  const { person, vendor, app } = await begin()
  await sync(person, 'C1')
  const cookie = `campaign-sync=${person.jar.value('campaign-sync')}`
  const form = 'application/x-www-form-urlencoded'
  const bodies: [Record<string, string>, string][] = [
    [{ 'content-type': `${form}; charset=utf-7` }, 'referrer=+AC8-'],
    [{ 'content-type': `${form}; charset=utf-16` }, 'r\0e\0f\0'],
    [{ 'content-type': 'application/json; charset=utf-7' }, '{}'],
    [
      { 'content-type': 'multipart/form-data; boundary=x' },
      '--x\r\ncontent-disposition: form-data; name="vendor"\r\n\r\nother\r\n--x--',
    ],
    [{ 'content-type': 'text/plain' }, 'vendor=other'],
    [
      { 'content-type': 'application/xml' },
      '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    ],
    [{ 'x-nothing': '1' }, 'vendor=other'],
    [{ 'content-type': form, 'content-encoding': 'gzip' }, 'not gzip'],
    [{ 'content-type': form, 'content-encoding': 'br' }, 'not brotli'],
    [{ 'content-type': form, 'content-encoding': 'zip' }, 'x'],
    [
      { 'content-type': form, 'content-encoding': 'gzip' },
      gzipSync(Buffer.alloc(5_000_000, 'a')).toString('latin1'),
    ],
    [{ 'content-type': 'application/json' }, '{"vendor":'],
    [{ 'content-type': 'application/json' }, '[1]'],
    [{ 'content-type': 'application/json' }, '"text"'],
    [{ 'content-type': form }, Array.from({ length: 200 }, (_, at) => `a${at}=1`).join('&')],
    [{ 'content-type': form }, `x=${'a'.repeat(17_000)}`],
  ]
  for (const [headers, body] of bodies) {
    const request = rawRequest(
      'POST /campaigns/C1/sync',
      { host: new URL(app.url).host, accept: 'text/html', cookie, ...headers },
      body,
    )
    const answer = await sendRaw(app.origin, request)
    expect([headers, body.slice(0, 20), [400, 413, 415].includes(answer.status)]).toEqual([
      headers,
      body.slice(0, 20),
      true,
    ])
    expect(answer.body).not.toMatch(/SyntaxError|at \w+ \(|node_modules|incorrect header check/)
  }
  expectUntouched(vendor, { tokens: 1, pushes: 1 })
  expect(told(await sync(person, 'C1'))).toContain('Spring launch synced.')
})

test('a body that says it is UTF-8 is read, however it says so', async () => {
  const { person, vendor } = await begin()
  await sync(person, 'C1')
  for (const charset of ['utf-8', 'UTF-8', '"utf-8"', '"UTF-8"'])
    for (const [type, body] of [
      ['application/x-www-form-urlencoded', 'referrer=/connections'],
      ['application/json', '{"referrer":"/connections"}'],
    ] as const) {
      const pressed = await person.post('/campaigns/C1/sync', body, {
        'content-type': `${type}; charset=${charset}`,
      })
      expect([charset, pressed.next?.pathname]).toEqual([charset, '/connections'])
    }
  expect(vendor.effects('C1')).toBe(9)
})
