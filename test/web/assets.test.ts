// How fast a page is there: compressed, its files kept by the browser, and nothing jumps while it loads.
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import request from 'supertest'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Site, startSite } from '../support/app/site.ts'
import { startChromium, startPerson } from '../support/browser/person.ts'

let site: Site
beforeAll(async () => {
  const words = ['Spring', 'launch', 'Webinar', 'EMEA', 'Autumn', 'sale', 'paid', 'social', 'mail']
  const campaigns = Array.from({ length: 10_000 }, (_, n) => ({
    id: `701Qy${(n * 7_919_777).toString(36)}`,
    name: `${[n % 9, (n * 7) % 9, (n * 5) % 9].map((at) => words[at]).join(' ')} ${n}`,
    type: words[n % 5],
    owner: `Owner ${n % 40}`,
    startDate: `2027-0${(n % 9) + 1}-1${n % 9}`,
    budget: n * 10,
  }))
  site = await startSite({ campaigns })
})
afterAll(() => site.close())

/** The bytes as they are sent: other clients decompress them by themselves. */
async function sent(path: string, encoding: string) {
  const asked = get(site.url + path, {
    headers: { accept: 'text/html', 'accept-encoding': encoding },
  })
  const [response]: IncomingMessage[] = await once(asked, 'response')
  if (!response) throw new Error('no response')
  return { bytes: await buffer(response), headers: response.headers }
}

test.each([
  ['br', brotliDecompressSync],
  ['gzip', gunzipSync],
])('a page of 10,000 campaigns is under 12 KB as %s', async (encoding, decompress) => {
  const { bytes, headers } = await sent('/campaigns', encoding)
  expect(headers['content-encoding']).toBe(encoding)
  expect(decompress(bytes).toString()).toContain('10,000 campaigns')
  expect(bytes.length).toBeLessThan(12_000)
})

test('files are kept for a year under their hash, an hour under their name', async () => {
  const { text } = await request(site.url).get('/campaigns').set({ accept: 'text/html' })
  const addresses = [...text.matchAll(/(?:href|src)="(\/[\w.]+\.(?:css|js|svg))"/g)].map(
    (m) => m[1],
  )
  expect(addresses).toHaveLength(6)
  for (const address of addresses) {
    expect(address).toMatch(/^\/\w+\.[0-9a-f]{10}\.\w+$/)
    const { status, headers } = await request(site.url).get(address ?? '')
    expect([status, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
  }
  for (const other of ['/style.css', '/style.0123456789.css']) {
    const { status, headers } = await request(site.url).get(other)
    expect([status, headers['cache-control']]).toEqual([200, 'public, max-age=3600'])
  }
  expect((await request(site.url).get('/nothing.0123456789.css')).status).toBe(404)
})

test('nothing jumps while the list loads, on a desktop and on a phone', async () => {
  const chromium = await startChromium()
  onTestFinished(() => chromium.close())
  for (const width of [1200, 375]) {
    const person = await startPerson(chromium, site, { viewport: { width, height: 800 } })
    await person.open('/campaigns')
    const shift = await person.page.evaluate(`new Promise((done) => {
      let sum = 0
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) sum += entry.value
      }).observe({ type: 'layout-shift', buffered: true })
      setTimeout(() => done(sum), 300)
    })`)
    expect(shift).toBeLessThan(0.02)
    await person.close()
  }
}, 30_000)
