// Random values are given out once, whichever fetch they are of.
import { expect, test } from 'vitest'
import { randomBytes, randomText } from '../src/random.ts'

test('no two are alike, over several fetches', () => {
  const texts = Array.from({ length: 1_000 }, () => randomText())
  expect(new Set(texts).size).toBe(1_000)
  for (const text of texts) expect(text).toMatch(/^[\w-]{43}$/)
})

test('each has as many bytes as asked for, and later ones do not change it', () => {
  const first = randomBytes(4_096)
  const copy = Buffer.from(first)
  for (const count of [12, 4_095, 1, 4_096]) {
    const bytes = randomBytes(count)
    expect(bytes).toHaveLength(count)
    if (count > 8) expect(bytes.every((byte) => byte === 0)).toBe(false)
  }
  expect(first.equals(copy)).toBe(true)
})
