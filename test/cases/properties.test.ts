// Properties that hold for any input whatever, tried with many. (Sealed values: seal.test.ts.)
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CAMPAIGN_ID } from '../../src/campaigns/campaign.ts'
import { standardTokenResponse } from '../../src/oauth/token-response.ts'
import { tokenResponse } from '../../src/vendors/fields.ts'
import { ourPage } from '../../src/web/http/return-to.ts'
import { OPEN_REDIRECTS } from '../data/open-redirects.ts'

test('RED-18: a page that passes stays on this origin, whatever text it was', () => {
  const publicUrl = 'https://sync.example.test'
  const parts = fc.constantFrom(
    '/',
    '\\',
    '//',
    '..',
    '%2f',
    '?',
    '#',
    '@',
    ':',
    'campaigns',
    'evil.test',
    'C1',
    '\n',
    '=',
    '&',
    publicUrl,
  )
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.webUrl(),
    fc.array(parts).map((all) => all.join('')),
    fc.array(parts).map((all) => `/campaigns${all.join('')}`),
  )
  const holds = (text: string) => {
    const page = ourPage(text, publicUrl)
    if (page === undefined) return
    const url = new URL(page, publicUrl)
    expect(url.origin).toBe(publicUrl)
    expect(url.pathname + url.search).toBe(page.replace(/\?$/, ''))
    expect(page).toMatch(/^\/(campaigns|runs|connections)/)
    expect(ourPage(page, publicUrl)).toBe(page)
  }
  fc.assert(fc.property(texts, holds), { numRuns: 1_500 })
  for (const payload of OPEN_REDIRECTS) holds(payload)
  for (const other of [
    undefined,
    null,
    1,
    {},
    [],
    ['/campaigns'],
    { toString: () => '/campaigns' },
  ])
    expect(ourPage(other, publicUrl)).toBeUndefined()
})

test('INP-05: a campaign id is 1 to 64 plain characters, and a store key or path of it has no other meaning', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\w.%/-]{0,70}$/)),
      (text) => {
        const passes = CAMPAIGN_ID.test(text)
        expect(passes).toBe(
          text.length > 0 &&
            text.length <= 64 &&
            [...text].every((one) => /[A-Za-z0-9_-]/.test(one)),
        )
        if (passes)
          expect(new URL(`/campaigns/${text}/sync`, 'http://a').pathname).toBe(
            `/campaigns/${text}/sync`,
          )
      },
    ),
    { numRuns: 1_000 },
  )
})

test('whatever a token endpoint answers, what is read of it is a standard answer with a sane lifetime', () => {
  const places = tokenResponse.parse({})
  const names = fc.constantFrom(
    'access_token',
    'token_type',
    'expires_in',
    'scope',
    'error',
    'refresh_token',
    '__proto__',
    'toString',
  )
  const value = fc.oneof(
    fc.jsonValue(),
    fc.double(),
    fc.constantFrom(0, -1, 0.5, '1e999', '1e21', 'NaN', null, '', 'bearer'),
  )
  const members = fc
    .array(fc.tuple(names, value))
    .map((pairs) => JSON.stringify(Object.fromEntries(pairs)))
  const body = fc.oneof(members, fc.string({ unit: 'binary' }), fc.json(), fc.webQueryParameters())
  const type = fc.constantFrom(
    'application/json',
    'text/html',
    'application/x-www-form-urlencoded',
    '',
  )
  fc.assert(
    fc.property(
      body,
      type,
      fc.constantFrom(200, 201, 302, 400, 401, 500),
      (text, contentType, status) => {
        const answer = { status, headers: { 'content-type': contentType }, body: text }
        const standard = standardTokenResponse(answer, places, 3600)
        const read: unknown = JSON.parse(standard.body)
        expect(read).toBeTypeOf('object')
        if (standard.status < 200 || standard.status > 299) return
        const seconds = Object(read).expires_in
        expect(Number.isSafeInteger(seconds) && seconds >= 1 && seconds <= 34_560_000).toBe(true)
      },
    ),
    { numRuns: 1_000 },
  )
})
