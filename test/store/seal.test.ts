// Sealed values: they come back under their own key and ours, and in every other case are a miss.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { base64url, FlattenedEncrypt, flattenedDecrypt } from 'jose'
import { expect, test } from 'vitest'
import { createSealer } from '../../src/store/seal.ts'

const newKey = () => randomBytes(32)
const sealer = createSealer([newKey()])
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('any JSON value comes back under its key', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), fc.jsonValue(), async (key, value) => {
      expect(await sealer.open(key, await sealer.seal(key, value))).toEqual(asJson(value))
    }),
  )
})

test('jose opens what was sealed, and what jose sealed is opened', async () => {
  const raw = newKey()
  const ours = createSealer([raw])
  const aad = Buffer.from('store:tok:a')
  const [kid = '', iv = '', ciphertext = '', tag = ''] = (await ours.seal('tok:a', { n: 1 })).split(
    '.',
  )
  const header = { alg: 'dir', enc: 'A256GCM' }
  const jwe = {
    protected: base64url.encode(JSON.stringify(header)),
    iv,
    ciphertext,
    tag,
    aad: base64url.encode(aad),
  }
  expect(JSON.parse(Buffer.from((await flattenedDecrypt(jwe, raw)).plaintext).toString())).toEqual({
    n: 1,
  })

  const theirs = await new FlattenedEncrypt(Buffer.from('{"n":2}'))
    .setProtectedHeader(header)
    .setAdditionalAuthenticatedData(aad)
    .encrypt(raw)
  expect(
    await ours.open('tok:a', `${kid}.${theirs.iv}.${theirs.ciphertext}.${theirs.tag}`),
  ).toEqual({ n: 2 })
})

test('a sealed value opens under no other key of the store', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.string(), fc.jsonValue(), async (key, other, value) => {
      fc.pre(key !== other)
      expect(await sealer.open(other, await sealer.seal(key, value))).toBe(undefined)
    }),
  )
})

test('a sealed value with any bit turned does not open', async () => {
  const sealed = Buffer.from(await sealer.seal('k', { accessToken: 'abc' }))
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const turned = Buffer.from(sealed)
    turned.writeUInt8(turned.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    expect(await sealer.open('k', turned.toString('latin1'))).toBe(undefined)
  }
})

test('a sealed value that was cut, or has something added, does not open', async () => {
  const sealed = await sealer.seal('k', 'a token')
  for (let length = 0; length < sealed.length; length++) {
    expect(await sealer.open('k', sealed.slice(0, length))).toBe(undefined)
    expect(await sealer.open('k', sealed.slice(length + 1))).toBe(undefined)
  }
  for (const added of [' ', '\n', '=', 'A', '.', '.A']) {
    expect(await sealer.open('k', sealed + added)).toBe(undefined)
    expect(await sealer.open('k', added + sealed)).toBe(undefined)
  }
})

test('parts of two sealed values do not make a third', async () => {
  const [one, two] = await Promise.all([sealer.seal('k', 'one'), sealer.seal('k', 'two')])
  for (let part = 1; part < 4; part++) {
    const mixed = one.split('.').with(part, two.split('.')[part] ?? '')
    expect(await sealer.open('k', mixed.join('.'))).toBe(undefined)
  }
})

test('junk does not open and does not throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (junk) => {
      expect(await sealer.open('k', junk)).toBe(undefined)
    }),
  )
  const [kid] = (await sealer.seal('k', '')).split('.')
  const base64url = fc.stringMatching(/^[A-Za-z0-9_-]*$/)
  await fc.assert(
    fc.asyncProperty(base64url, base64url, base64url, async (iv, ciphertext, tag) => {
      expect(await sealer.open('k', [kid, iv, ciphertext, tag].join('.'))).toBe(undefined)
      const fitting = [
        kid,
        iv.padEnd(16, 'A').slice(0, 16),
        ciphertext,
        tag.padEnd(22, 'A').slice(0, 22),
      ]
      expect(await sealer.open('k', fitting.join('.'))).toBe(undefined)
    }),
  )
  expect(await sealer.open('k', null)).toBe(undefined)
  expect(await sealer.open('k', `${kid}.${'A'.repeat(50_000_000)}`)).toBe(undefined)
})

test('keys rotate: the newest seals, all of them open, a removed one does not', async () => {
  const [old, recent, stranger] = [newKey(), newKey(), newKey()]
  const [before, during, after] = [
    createSealer([old]),
    createSealer([recent, old]),
    createSealer([recent]),
  ]
  const first = await before.seal('k', 1)
  const second = await during.seal('k', 2)
  expect(await during.open('k', first)).toBe(1)
  expect(await during.open('k', second)).toBe(2)
  expect(await after.open('k', second)).toBe(2)
  expect(await after.open('k', first)).toBe(undefined)
  expect(await before.open('k', second)).toBe(undefined)
  expect(await createSealer([stranger]).open('k', first)).toBe(undefined)
})

test('the same value is never sealed the same way twice', async () => {
  const sealed = await Promise.all(Array.from({ length: 1000 }, () => sealer.seal('k', 'v')))
  expect(new Set(sealed.map((text) => text.split('.')[1])).size).toBe(1000)
})

test('sealing adds about a third and 47 characters, and shows neither value nor key', async () => {
  const sealed = await sealer.seal('tok:owner:acme', { accessToken: 'x'.repeat(282) })
  expect(sealed).toHaveLength(400 + 47)
  expect(sealed).toMatch(/^[\w.-]+$/)
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toMatch(/xxx|acme/)
})

test('what cannot be sealed is refused', async () => {
  await expect(sealer.seal('k', undefined)).rejects.toThrow(TypeError)
  await expect(sealer.seal('k', 1n)).rejects.toThrow(TypeError)
  await expect(sealer.seal('k', 'x'.repeat(300_000))).rejects.toThrow(RangeError)
  expect(await sealer.open('k', await sealer.seal('k', 'x'.repeat(190_000)))).toHaveLength(190_000)
})

test('keys of a wrong length, or none, are refused', () => {
  expect(() => createSealer([])).toThrow(RangeError)
  for (const bytes of [0, 16, 31, 33])
    expect(() => createSealer([randomBytes(bytes)])).toThrow(RangeError)
})
