// The whole loop as different people go through it: by keyboard alone, without JavaScript, with every ending.
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { type Site, startSite } from '../support/app/site.ts'
import {
  type Chromium,
  type Person,
  startChromium,
  startPerson,
} from '../support/browser/person.ts'

vi.setConfig({ testTimeout: 60_000 })

const campaigns = [
  { id: 'spring', name: 'Spring launch', budget: 12_000 },
  { id: 'webinar', name: 'Webinar EMEA' },
  { id: 'autumn', name: 'Autumn sale' },
]

let chromium: Chromium
let site: Site

beforeAll(async () => {
  chromium = await startChromium()
  site = await startSite({ campaigns })
})
afterAll(async () => {
  await chromium.close()
  await site.close()
})

async function newPerson(options: Parameters<typeof startPerson>[2] = {}) {
  const person = await startPerson(chromium, site, options)
  onTestFinished(async () => {
    await person.close()
    expect(person.complaints).toEqual([])
  })
  return person
}

const panelSchema = z.object({
  campaigns: z.array(z.object({ campaign: z.string(), applied: z.number() })),
})

/** What Acme received of a campaign. */
async function received(campaign: string) {
  const answer = await fetch(`${site.acme}/panel.json`)
  const panel = panelSchema.parse(await answer.json())
  return panel.campaigns.find((one) => one.campaign === campaign)
}

test('by keyboard alone: to Acme and back, renew, select, disconnect', async () => {
  const person = await newPerson()
  await person.open('/campaigns')
  expect(await tabTo(person, 'Skip to the content')).toBe(1)
  await tabAndPress(person, 'Sync Spring launch')
  await tabAndPress(person, 'Continue to Acme Ads')
  await tabAndPress(person, 'Sign in as dana@acme')
  await tabAndPress(person, 'Allow')
  await person.page.waitForURL(`${site.url}/campaigns`)
  expect(await focused(person)).toContain('Connected as dana@acme. Spring launch synced.')
  expect((await received('spring'))?.applied).toBe(1)

  await tabAndPress(person, 'Renew: Acme Ads')
  await person.page.waitForURL(`${site.url}/campaigns`)
  expect(await focused(person)).toContain('Connected to Acme Ads as dana@acme. Access ends at')

  await tabTo(person, 'Select Webinar EMEA')
  await person.page.keyboard.press('Space')
  expect(await person.page.getByRole('button', { name: 'Sync 1 selected' }).isEnabled()).toBe(true)

  await tabAndPress(person, 'Connections')
  await tabAndPress(person, 'Disconnect… Acme Ads for Spring launch')
  expect(await person.page.locator('h1').innerText()).toBe('Disconnect Acme Ads?')
  await tabAndPress(person, 'Keep access')
  expect(person.page.url()).toBe(`${site.url}/connections`)
  await tabAndPress(person, 'Test Acme Ads for Spring launch')
  expect(await focused(person)).toContain('The connection to Acme Ads works.')
  await tabAndPress(person, 'Disconnect… Acme Ads for Spring launch')
  await tabAndPress(person, 'Disconnect')
  expect(await focused(person)).toContain('Disconnected from Acme Ads.')
  expect(await person.page.locator('.connections').textContent()).toContain('not connected')
})

test('without JavaScript: to Acme and back, deny, try again, search, and times that say UTC', async () => {
  const person = await newPerson({ javaScriptEnabled: false })
  await person.open('/campaigns')
  await person.connect('Webinar EMEA')
  expect(await person.banner().innerText()).toContain(
    'Connected as dana@acme. Webinar EMEA synced.',
  )
  expect(await person.page.locator('.connections').innerText()).toMatch(
    /access for 1 campaign · ends (\d.+, )?\d\d:\d\d UTC/,
  )

  await person.page.getByRole('searchbox', { name: 'Search' }).fill('web')
  await person.page.getByText('Filter and order').click()
  await person.page.getByLabel('Last sync').selectOption('Synced')
  await person.press('Show')
  expect(await person.page.locator('tbody tr').count()).toBe(1)
  await person.press('Sync Webinar EMEA')
  expect(person.page.url()).toBe(`${site.url}/campaigns?search=web&status=synced`)
  expect(await person.banner().innerText()).toContain('Webinar EMEA synced.')

  await person.page.goto(`${site.acme}/panel`)
  await person.pressTowardsAcme('Sign out')
  await person.open('/campaigns?sort=-name')
  await person.pressTowardsAcme('Sync Autumn sale')
  await person.press('Cancel and go back to Campaign Sync')
  expect(person.page.url()).toBe(`${site.url}/campaigns?sort=-name`)
  expect(await person.banner().innerText()).toContain(
    'You cancelled at Acme Ads. Nothing was synced; Autumn sale is waiting.',
  )
  expect(await received('autumn')).toBeUndefined()
  await person.pressTowardsAcme('Try again')
  await person.pressTowardsAcme('Sign in as dana@acme')
  await person.press('Allow')
  expect(await person.banner().innerText()).toContain('Autumn sale synced.')
  expect((await received('autumn'))?.applied).toBe(1)
})

test('times are the reader’s own, and exact on hover', async () => {
  const person = await newPerson({ locale: 'en-GB', timezoneId: 'Asia/Tokyo' })
  await person.open('/campaigns')
  await person.connect('Spring launch')
  await person.open('/campaigns/spring')
  const time = person.page.locator('.history time').first()
  const iso = (await time.getAttribute('datetime')) ?? ''
  const tokyo = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Asia/Tokyo',
    timeStyle: 'short',
  }).format(new Date(iso))
  expect(await time.innerText()).toContain(tokyo)
  expect(await time.getAttribute('title')).toContain('GMT+9')
  expect(iso).toMatch(/Z$/)
})

test('nothing moves for who wants less; for others it moves once, and half a second at most', async () => {
  const person = await newPerson({ reducedMotion: 'reduce' })
  await person.open('/campaigns')
  const moving = `[...document.querySelectorAll('*')].filter((one) => {
    const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(one)
    return animationName !== 'none' || transitionDuration !== '0s' || scrollBehavior !== 'auto'
  }).length`
  expect(await person.page.evaluate(moving)).toBe(0)
  await person.page.emulateMedia({ reducedMotion: 'no-preference' })
  const long = `[...document.querySelectorAll('*')].filter((one) => {
    const look = getComputedStyle(one)
    const seconds = [look.animationDuration, look.transitionDuration].join().split(',')
    return (
      look.animationIterationCount.split(',').some((count) => count.trim() !== '1') ||
      seconds.some((text) => parseFloat(text) > 0.5) ||
      look.scrollBehavior !== 'auto'
    )
  }).length`
  expect(await person.page.evaluate(long)).toBe(0)
})

test('campaign names are text, whatever they look like', async () => {
  const nasty = [
    '<img src=x onerror=alert(1)>',
    '"><script>alert(1)</script>',
    "javascript:alert('x')",
    '{{7*7}}#{7*7}',
  ]
  await site.replaceCampaigns([
    ...campaigns,
    ...nasty.map((name, n) => ({ id: `n${n}`, name, description: name, owner: name })),
  ])
  onTestFinished(() => site.replaceCampaigns(campaigns))
  const person = await newPerson()
  for (const path of [
    '/campaigns',
    ...nasty.flatMap((name, n) => [
      `/campaigns/n${n}`,
      `/campaigns/n${n}/sync`,
      `/campaigns?search=${encodeURIComponent(name)}`,
    ]),
  ]) {
    await person.open(path)
    expect(await person.page.locator('main img, main script, main svg').count()).toBe(0)
  }
  for (const name of nasty) {
    await person.open('/campaigns')
    expect(await person.page.locator('tbody').innerText()).toContain(name)
  }
})

/** How many times Tab was pressed until what has this name had the focus. */
async function tabTo(person: Person, name: string): Promise<number> {
  for (let pressed = 1; pressed < 60; pressed++) {
    await person.page.keyboard.press('Tab')
    if ((await focused(person)) === name) return pressed
  }
  throw new Error(`"${name}" is not reached by keyboard`)
}

async function tabAndPress(person: Person, name: string): Promise<void> {
  await tabTo(person, name)
  const arrived = person.page.waitForEvent('framenavigated')
  await person.page.keyboard.press('Enter')
  await arrived
  await person.page.waitForLoadState('load')
  // What has `autofocus` gets the focus when the page is next drawn, which may be after it was loaded.
  await person.page.evaluate('new Promise(requestAnimationFrame)')
}

/** The accessible name, or the text, of what has the focus. */
function focused({ page }: Person): Promise<string> {
  return page.evaluate(`{
    const one = document.activeElement.cloneNode(true)
    for (const hidden of one.querySelectorAll('[aria-hidden]')) hidden.remove()
    const name = one.getAttribute('aria-label') ?? one.textContent
    name.replace(/\\s+/g, ' ').trim()
  }`)
}
