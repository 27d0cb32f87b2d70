// What the list is asked with: fields, pages, ticks that survive them, many at once, a file; and what it says of runs.
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Site, startSite } from '../support/app/site.ts'
import { type Chromium, startChromium, startPerson } from '../support/browser/person.ts'
import { keyAds, playWith } from '../support/vendor/stage.ts'

const campaigns = Array.from({ length: 120 }, (_, n) => ({
  id: `c${n}`,
  name: n === 0 ? '=1+1, "first"' : `Campaign ${n}`,
  type: n % 2 ? 'Event' : 'Email',
  owner: n % 3 ? 'Dana' : 'Sam & Zoë',
  ...(n < 4 && { startDate: `2026-0${n + 1}-01`, endDate: `2026-0${n + 1}-20` }),
  ...(n === 1 && { landingPage: 'https://example.com/a?b=<c>', tags: ['x', 'y'], empty: '' }),
}))

vi.setConfig({ testTimeout: 60_000 })

let site: Site
beforeAll(async () => {
  site = await startSite({ campaigns })
})
afterAll(() => site.close())

const get = (path: string) => request(site.url).get(path).set({ accept: 'text/html' })
const page = async (path: string) => (await get(path)).text
const idsOn = (html: string) =>
  [...html.matchAll(/<th class="title"[^>]*><a href="\/campaigns\/([\w-]+)["?]/g)].map((m) => m[1])

test.each([
  ['?type=Event', 60],
  ['?owner=Sam+%26+Zo%C3%AB', 40],
  ['?type=Event&owner=Sam+%26+Zo%C3%AB', 20],
  ['?from=2026-02-10', 3],
  ['?to=2026-02-10', 2],
  ['?from=2026-02-10&to=2026-03-01', 2],
  ['?from=2026-01-21&to=2026-01-31', 0],
  ['?from=tomorrow&type=', 120],
])('%s finds %i', async (query, count) => {
  const { body } = await request(site.url).get(`/campaigns${query}`).accept('json')
  expect(body.found).toBe(count)
  const csv = await get(`/campaigns.csv${query}`)
  expect(csv.text.trimEnd().split('\r\n')).toHaveLength(count + 1)
})

test('the fields that are in use stand open, are chosen, and go along with every link and button', async () => {
  const html = await page('/campaigns?type=Event&owner=Dana&page=2')
  expect(html).toContain('<details class="more" open')
  expect(html).toContain('<option value="Event" selected')
  expect(html).toContain('name="type" value="Event"')
  expect(html).toContain('href="/campaigns?type=Event&amp;owner=Dana&amp;sort=name"')
  expect(await page('/campaigns')).toContain('<details class="more">')
})

test('a page says what part of the list it is, and a chosen order shows its mark and a way back', async () => {
  expect(await page('/campaigns?page=2')).toContain('51–100 of 120')
  const html = await page('/campaigns?sort=-budget')
  expect(html).toMatch(/aria-sort="descending"[^>]*>\s*<a[^>]*>Budget<span[^>]*> ↓/)
  expect(html).toMatch(/Largest budget \(<a href="\/campaigns"/)
  expect(html.match(/ ↕/g)).toHaveLength(4)
})

test('Sync all takes what the list shows, and no more', async () => {
  const { headers } = await request(site.url).get('/connect/demo/c1')
  const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  const post = (body: object) =>
    request(site.url).post('/runs').accept('json').set({ cookie, origin: site.url }).send(body)
  const { body } = await post({ all: true, type: 'Event', owner: 'Dana' })
  expect(body).toMatchObject({ total: 40 })
  expect((await post({ all: true, from: 'tomorrow' })).status).toBe(400)
})

describe('ticks', () => {
  test('survive paging without JavaScript, and all of them are synced', async () => {
    const query = 'referrer=/campaigns&vendor=demo&type=Event&id=c1&id=c3&page=2'
    const turned = await get(`/campaigns?${query}`)
    expect(turned.status).toBe(303)
    expect(turned.headers.location).toBe('/campaigns?type=Event&page=2&selected=c1.c3')
    const html = await page(turned.headers.location ?? '')
    for (const id of ['c1', 'c3'])
      expect(html).toContain(`<input type="hidden" name="id" value="${id}"`)
    expect(html).toContain('Sync 2 selected')
    expect(html).toContain('name="selected" value="c1.c3"') // a new search keeps them
    const back = await page('/campaigns?type=Event&selected=c1.c3')
    expect(back).toMatch(/value="c1"[^>]*checked/)
    expect(back).not.toContain('<input type="hidden" name="id"')
    expect(back).toContain('href="/campaigns?type=Event">Clear selection')
  })

  test('that are none of ours, or too many, leave the list as it is', async () => {
    const odd = '/campaigns?selected=..%2F..,<script>&id=%00&id=c1&referrer=x'
    expect((await get(odd)).headers.location).toBe('/campaigns?selected=c1')
    const many = Array.from({ length: 900 }, (_, n) => `x${n}`).join('.')
    expect((await page(`/campaigns?selected=${many}`)).match(/name="id" value="x/g)).toHaveLength(
      400,
    )
  })
})

test('a campaign opened from a filtered list leads back to it, also after its sync', async () => {
  const html = await page('/campaigns?search=campaign&type=Event&page=2')
  const href = /<th class="title"[^>]*><a href="([^"]+)"/.exec(html)?.[1] ?? ''
  const own = await page(href.replaceAll('&amp;', '&'))
  expect(own).toContain('href="/campaigns?search=campaign&amp;type=Event&amp;page=2">Campaigns')
  expect(own).toContain(`name="referrer" value="${href}"`)
  const evil = await page('/campaigns/c1?list=%2F%2Fevil.example%3Fsearch%3D%22%3E')
  expect(evil).not.toContain('evil.example?')
  expect(await page('/campaigns/c1')).toContain('<a href="/campaigns">Campaigns')
})

test('fields that this app does not know are shown on the campaign’s page', async () => {
  const html = await page('/campaigns/c1')
  expect(html).toContain('<dt>landingPage</dt><dd><bdi>https://example.com/a?b=&lt;c&gt;</bdi>')
  expect(html).toContain('[&quot;x&quot;,&quot;y&quot;]')
  expect(html).not.toContain('<dt>empty</dt>')
})

test('the list as a file: every campaign, how it stands, and nothing a spreadsheet would calculate', async () => {
  const result = { kind: 'sent' as const, at: 1_000 }
  await site.context.syncLog.addAll('demo', [{ id: 'i'.repeat(22), campaign: 'c2', result }])
  const { text, headers } = await get('/campaigns.csv?search=campaign+2')
  expect(headers['content-disposition']).toContain('campaigns.csv')
  const [head, first] = text.split('\r\n')
  expect(head).toBe(
    'id,name,type,status,startDate,endDate,budget,currency,owner,demo_state,demo_at',
  )
  expect(first).toBe(
    'c2,Campaign 2,Email,Planned,2026-03-01,2026-03-20,,EUR,Dana,Synced,1970-01-01T00:00:01.000Z',
  )
  expect((await get('/campaigns.csv?search=first')).text).toContain(`"'=1+1, ""first"""`)
})

test('a run that goes on or waits is told above the list', async () => {
  const { headers } = await request(site.url).get('/connect/demo/c1')
  const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  const run = { id: 'r'.repeat(22), vendor: 'demo', title: '40 campaigns', total: 40, left: 16 }
  const current = vi.spyOn(site.context.runs, 'current')
  onTestFinished(() => current.mockRestore())
  const strip = async (standing: 'goes on' | 'waits') => {
    current.mockResolvedValue([{ ...run, standing }])
    const html = await page('/campaigns').then(() => get('/campaigns').set({ cookie }))
    return html.text.replaceAll(/<[^>]*>/g, '')
  }
  expect(await strip('goes on')).toContain('“40 campaigns”: 24 of 40 done. It goes on by itself.')
  const waiting = await strip('waits')
  expect(waiting).toContain('24 of 40 done. It waits for you; nothing is lost.')
  expect(waiting).toContain('a run waits for you')
})

test('several vendors have a column each, and one of them can be chosen', async () => {
  const files = ['one', 'two'].map((id) => ({ ...keyAds('http://127.0.0.1:9'), id, name: id }))
  const { app, close } = await playWith(files)
  onTestFinished(close)
  const at = 1_000
  const log = app.context.syncLog
  await log.addAll('two', [{ id: 'i'.repeat(22), campaign: 'C3', result: { kind: 'failed', at } }])
  const list = async (query: string) =>
    (await request(app.url).get(`/campaigns${query}`).set({ accept: 'text/html' })).text
  const both = await list('')
  expect(both.match(/aria-label="Sync Autumn sale to (one|two)"/g)).toHaveLength(2)
  expect(idsOn(both)[0]).toBe('C3') // it needs attention at one of them
  expect(both).toContain('>1 needs attention</a>')
  expect(both).toContain('>4 not everywhere yet</a>')
  expect(both).toContain('<option value="two">two</option>')
  const one = await list('?vendor=one')
  expect(one).not.toContain('to two"')
  expect(one).toContain('1 at two needs attention')
  const script = await request(app.url).get('/campaigns').accept('json')
  expect(script.body.states.C3).toEqual({ status: 'Not synced' })
})

describe('in Chromium', () => {
  let chromium: Chromium
  beforeAll(async () => {
    chromium = await startChromium()
  })
  afterAll(() => chromium.close())

  test('after a row’s sync its row is in view with the news, and focused', async () => {
    const person = await startPerson(chromium, site, { viewport: { width: 1200, height: 700 } })
    onTestFinished(() => person.close())
    await person.open('/campaigns?sort=name')
    await person.connect('Campaign 40')
    const banner = person.page.locator('tr.told .banner')
    expect(await banner.innerText()).toContain('Campaign 40 synced.')
    expect(await person.page.evaluate('document.activeElement.matches(".told .banner")')).toBe(true)
    const row = person.page.locator('tr', {
      has: person.page.getByRole('link', { name: 'Campaign 40' }),
    })
    for (const one of [banner, row.first()]) {
      const box = await one.boundingBox()
      expect(box?.y).toBeGreaterThanOrEqual(0)
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(700)
    }
    expect(person.complaints).toEqual([])
  })

  test('ticks are counted over pages, and all that match can be taken at once', async () => {
    const person = await startPerson(chromium, site)
    onTestFinished(() => person.close())
    const { page } = person
    await person.open('/campaigns?type=Event')
    await page.getByLabel('Select Campaign 3', { exact: true }).check()
    await person.press('Next')
    await page.getByRole('button', { name: 'Sync 1 selected' }).waitFor()
    await page.getByLabel('Select all on this page').check()
    await page.getByRole('button', { name: 'Sync 11 selected' }).waitFor()
    await page.getByRole('button', { name: 'Select all 60 matching' }).click()
    await person.press('Sync 60 selected')
    expect(await page.locator('h1').innerText()).toContain('60 campaigns')
    expect(person.complaints).toEqual([])
  })

  test('it narrows as one types, in step with its address, and the search keeps its focus', async () => {
    const person = await startPerson(chromium, site)
    onTestFinished(() => person.close())
    const { page } = person
    await person.open('/campaigns')
    await page.getByLabel('Select Campaign 3', { exact: true }).check()
    const search = page.locator('#search')
    await search.pressSequentially('Campaign 11')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(11)
    expect(new URL(page.url()).search).toBe('?search=Campaign+11&selected=c3')
    expect(await page.title()).toContain('“Campaign 11” in campaigns')
    expect(await page.locator('#told').innerText()).toBe('11 of 120 campaigns')
    expect(await search.evaluate((one) => one.ownerDocument.activeElement === one)).toBe(true)
    expect(await search.inputValue()).toBe('Campaign 11')
    await page.getByRole('button', { name: 'Sync 1 selected' }).waitFor()
    await page.getByLabel('Select Campaign 117', { exact: true }).check()
    await search.fill('nothing is called so')
    await page.getByText('No campaign matches').waitFor()
    await search.fill('')
    await page.getByRole('button', { name: 'Sync 2 selected' }).waitFor()
    expect(await page.getByLabel('Select Campaign 3', { exact: true }).isChecked()).toBe(true)
    await page.reload()
    await page.getByRole('button', { name: 'Sync 2 selected' }).waitFor()
    expect(person.complaints).toEqual([])
  })

  test('ticks go along with an order, a count and the plain form, and can be kept without JavaScript', async () => {
    const person = await startPerson(chromium, site)
    onTestFinished(() => person.close())
    const { page } = person
    await person.open('/campaigns')
    await page.getByLabel('Select Campaign 3', { exact: true }).check()
    await page.getByRole('link', { name: 'Name' }).click()
    await page.waitForURL('**/campaigns?sort=name&selected=c3')
    await page.getByRole('button', { name: 'Sync 1 selected' }).waitFor()
    await page.locator('#search').fill('Campaign 11')
    await page.locator('#search').press('Enter')
    await page.waitForURL(/search=Campaign\+11/)
    await page.getByRole('button', { name: 'Sync 1 selected' }).waitFor()
    await page.getByRole('link', { name: 'Clear selection' }).click()
    await page.getByRole('button', { name: 'Sync selected' }).waitFor()
    expect(page.url()).not.toContain('selected=')
    expect(person.complaints).toEqual([])

    const plain = await startPerson(chromium, site, { javaScriptEnabled: false })
    onTestFinished(() => plain.close())
    await plain.open('/campaigns?sort=name')
    await plain.page.getByLabel('Select Campaign 1', { exact: true }).check()
    await plain.press('Keep ticks')
    await plain.press('Budget')
    expect(await plain.page.locator('#many').innerText()).toContain('Sync 1 selected')
  })

  test('the first screen says what this is; / finds the search, and the table can be skipped', async () => {
    const fresh = await startSite({ campaigns: campaigns.slice(0, 3) })
    onTestFinished(fresh.close)
    const person = await startPerson(chromium, fresh)
    onTestFinished(() => person.close())
    const { page } = person
    await person.open('/campaigns')
    const main = await page.locator('main').innerText()
    expect(main).toContain('Sends your campaigns to Acme Ads, with your approval there')
    expect(main).toContain('3 never synced')
    expect(await page.locator('.first .loop li').count()).toBe(4)
    await page.keyboard.press('/')
    await page.keyboard.type('a/b')
    expect(await page.locator('#search').inputValue()).toBe('a/b')
    await page.getByText('No campaign matches').waitFor()
    await page.locator('#search').fill('')
    await page.locator('tbody tr').first().waitFor()
    const skip = page.getByRole('link', { name: 'Skip the table' })
    await skip.focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Download as CSV')
    await person.press('What is this?')
    expect(await page.locator('h1').innerText()).toBe('What is this?')
    await person.open('/campaigns')
    await person.connect('Campaign 1')
    expect(await page.locator('.first').count()).toBe(0)
    expect(await page.locator('.statuses').innerText()).toMatch(/1 synced\s+2 never synced/)
    await person.press('2 never synced')
    expect(await page.locator('tbody tr').count()).toBe(2)
    expect(person.complaints).toEqual([])
  })

  test('a strip goes on with its run, and says when it hears no more of it', async () => {
    const person = await startPerson(chromium, site)
    onTestFinished(() => person.close())
    const run = { id: 'r'.repeat(22), vendor: 'demo', title: 'Mails', total: 40, left: 16 }
    const current = vi.spyOn(site.context.runs, 'current')
    onTestFinished(() => current.mockRestore())
    current.mockResolvedValue([{ ...run, standing: 'goes on' }])
    let body = 'event: title\ndata: Syncing 30 of 40\n\nevent: title\ndata: 40 of 40 synced\n\n'
    await person.page.route('**/runs/*/events', (route) =>
      route.fulfill({ contentType: 'text/event-stream', body }),
    )
    await person.open('/campaigns')
    await person.connect('Campaign 5')
    const strip = person.page.locator('.strip p')
    await expect.poll(() => strip.innerText()).toBe('Run “Mails”: 40 of 40 synced.')
    body = 'event: title\ndata: Syncing 30 of 40\n\n'
    await person.page.reload()
    await expect
      .poll(() => strip.innerText())
      .toBe('Run “Mails”: live updates have stopped; see the run.')
  })

  test.each(['light', 'dark'] as const)(
    'what the search is for can be read in it, %s: its contrast is 4.5 and more',
    async (colorScheme) => {
      const person = await startPerson(chromium, site, { colorScheme })
      onTestFinished(() => person.close())
      await person.open('/campaigns')
      expect(await person.page.evaluate(CONTRAST_OF_SEARCH)).toBeGreaterThanOrEqual(4.5)
    },
  )

  test('on a phone the first campaign is in the first screen', async () => {
    const person = await startPerson(chromium, site, { viewport: { width: 375, height: 667 } })
    onTestFinished(() => person.close())
    await person.open('/campaigns')
    const box = await person.page.locator('tbody tr').first().boundingBox()
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(667)
  })
})

/** WCAG 2.2, relative luminance, of what the browser paints: the placeholder's colour on the field's. */
const CONTRAST_OF_SEARCH = `{
  const search = document.querySelector('#search')
  const context = document.createElement('canvas').getContext('2d')
  const luminance = (...colours) => {
    for (const colour of colours) {
      context.fillStyle = colour
      context.fillRect(0, 0, 1, 1)
    }
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((value) => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = getComputedStyle(search).backgroundColor
  const text = getComputedStyle(search, '::placeholder').color
  const [dark, light] = [luminance(behind), luminance(behind, text)].sort((a, b) => a - b)
  ;(light + 0.05) / (dark + 0.05)
}`
