// `npm run sheets -- FOLDER [CONDITION]`: every page in every condition, one picture a condition, and what a machine sees wrong.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { freePort } from '../test/support/app/free-port.ts'
import { violationsOn } from '../test/support/browser/axe.ts'
import { launch } from '../test/support/browser/chromium.ts'
import { startDemo } from './demo.ts'

const OUT = process.argv[2] ?? join(tmpdir(), 'contact-sheets')
/** Part of the name of a condition: for when only some are to be looked at again. */
const ONLY = process.argv[3] ?? ''
const WIDTHS = [320, 375, 768, 1200, 1600]
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const LEAST_TARGET = 24

interface Condition {
  name: string
  options: BrowserContextOptions
  /** Nobody was ever here: no cookie. */
  isNew?: boolean
  isPrint?: boolean
  /** The store has gone away. */
  isAway?: boolean
}

const at = (width: number, height = 800) => ({ viewport: { width, height } })
const CONDITIONS: Condition[] = [
  ...(['light', 'dark'] as const).flatMap((colorScheme) =>
    WIDTHS.map((width) => ({
      name: `${colorScheme}-${width}`,
      options: { ...at(width), colorScheme },
    })),
  ),
  { name: 'zoom-200', options: { ...at(640, 512), deviceScaleFactor: 2 } },
  { name: 'zoom-400', options: { ...at(320, 256), deviceScaleFactor: 2 } },
  { name: 'print', options: at(794, 1123), isPrint: true },
  { name: 'no-javascript', options: { ...at(1200), javaScriptEnabled: false } },
  { name: 'reduced-motion', options: { ...at(1200), reducedMotion: 'reduce' } },
  { name: 'first-visit', options: at(1200), isNew: true },
  { name: 'store-away', options: at(1200), isAway: true },
]

/** Before a page's own scripts: what moves without anybody having done something. */
const WATCH_SHIFTS = `
  window.shifted = 0
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value
  }).observe({ type: 'layout-shift', buffered: true })`

/** Of a box the label counts, of a link only one that looks like a button. */
const SMALL_TARGETS = `
  [...document.querySelectorAll('button, select, summary, a.button, input:not([type=hidden])')]
    .map((one) => [one, (one.closest('label') ?? one).getBoundingClientRect()])
    .filter(([, { width, height }]) => width > 0 && (width < ${LEAST_TARGET} || height < ${LEAST_TARGET}))
    .map(([one, { width, height }]) => 'target of ' + width + ' x ' + height + ': ' + one.outerHTML.slice(0, 120))
    .join('\\n')`

const folder = mkdtempSync(join(tmpdir(), 'sheets-'))
const storePort = await freePort()
writeFileSync(join(folder, 'campaigns.json'), JSON.stringify(campaigns()))
const store = spawn('redis-server', ['--port', String(storePort), '--save', '', '--dir', folder], {
  stdio: 'ignore',
})
const { app, acme, stop } = await startDemo(folder, {
  REDIS_URL: `redis://127.0.0.1:${storePort}`,
  CAMPAIGNS: join(folder, 'campaigns.json'),
  LOG_LEVEL: 'fatal',
})
const browser = await launch()
try {
  mkdirSync(OUT, { recursive: true })
  await lookAtAll(browser)
} finally {
  await browser.close()
  await stop()
  store.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
}

async function lookAtAll(browser: Browser): Promise<void> {
  const person = await browser.newContext(at(1200))
  const paths = await story(await person.newPage())
  const cookies = await person.cookies()
  const faults: string[] = []
  for (const condition of CONDITIONS.filter(({ name }) => name.includes(ONLY))) {
    if (condition.isAway) store.kill('SIGKILL')
    const context = await browser.newContext({ locale: 'en-GB', ...condition.options })
    if (!condition.isNew) await context.addCookies(cookies)
    await context.addInitScript(WATCH_SHIFTS)
    const page = await context.newPage()
    if (condition.isPrint) await page.emulateMedia({ media: 'print' })
    const shots: Shot[] = []
    for (const path of paths) {
      await page.goto(app + path).catch((error: unknown) => faults.push(String(error)))
      const found = await faultsOf(page, condition)
      faults.push(...found.map((fault) => `${condition.name} ${path}: ${fault}`))
      shots.push({ path, png: await page.screenshot({ fullPage: true }) })
    }
    await context.close()
    await sheet(browser, condition.name, shots)
  }
  for (const fault of faults) console.log(fault)
  console.log(`${faults.length} faults; the sheets are in ${OUT}`)
  if (faults.length > 0) process.exitCode = 1
}

async function faultsOf(page: Page, { options, isPrint }: Condition): Promise<string[]> {
  const sideways = await page.evaluate(
    'document.scrollingElement.scrollWidth - document.documentElement.clientWidth',
  )
  const small = await page.evaluate(SMALL_TARGETS)
  const hasScripts = options.javaScriptEnabled !== false
  const shifted = hasScripts ? Number(await page.evaluate('window.shifted')) : 0
  const violations = hasScripts ? await violationsOn(page, { type: 'tag', values: TAGS }) : []
  return [
    ...(Number(sideways) > 0 && !isPrint ? [`${sideways} px wider than the window`] : []),
    ...(isPrint ? [] : String(small).split('\n').filter(Boolean)),
    ...(shifted > 0 ? [`it moved by ${shifted}`] : []),
    ...violations,
  ]
}

interface Shot {
  path: string
  png: Buffer
}

async function sheet(browser: Browser, name: string, shots: Shot[]): Promise<void> {
  const page = await browser.newPage(at(1800))
  const pictures = shots.map(
    ({ path, png }) =>
      `<figure><figcaption>${path.slice(0, 60)}</figcaption><img src="data:image/png;base64,${png.toString('base64')}"></figure>`,
  )
  await page.setContent(`<style>
    body { display: grid; grid-template-columns: repeat(6, 1fr); gap: 8px; margin: 8px; background: #888; font: 12px sans-serif }
    figure { margin: 0 } img { width: 100%; max-height: 420px; object-fit: cover; object-position: top }
  </style>${pictures.join('')}`)
  await page.screenshot({ path: join(OUT, `${name}.png`), fullPage: true })
  await page.close()
}

/** One person's hour, so that every page has something to show. Gives the paths of the pages. */
async function story(page: Page): Promise<string[]> {
  page.setDefaultTimeout(20_000)
  await page.goto(`${app}/campaigns`)
  await press(page, 'Sync Campaign 1')
  await press(page, 'Continue to Acme Ads')
  await press(page, 'Sign in as dana@acme')
  await press(page, 'Allow')
  await press(page, 'Sync Campaign 2')
  await trouble('422', '1')
  await press(page, 'Sync Campaign 3')
  await trouble('drop', '9')
  await press(page, 'Sync Campaign 4')
  await trouble('422', '2')
  const done = await run(page, /^Sync \d/)
  await trouble('500', '0')
  await page.goto(`${app}/campaigns`)
  await press(page, /^Sync all/)
  const draft = new URL(page.url()).pathname
  return [
    ...['/campaigns', '/campaigns?status=attention', '/campaigns?search=nothing+is+called+so'],
    ...[
      '/campaigns/c1',
      '/campaigns/c3',
      '/campaigns/c4',
      '/campaigns/c6',
      '/campaigns/c1/preview',
    ],
    ...['/connect/demo/c9', '/runs', draft, done, '/connections'],
    ...['/connections/demo/campaign:c1/disconnect', '/session/end', '/about', '/nowhere'],
    ...[
      '/oauth/demo/callback?state=x&code=y',
      '/tokens',
      '/api',
      '/problems',
      '/campaigns/c9/sync',
    ],
  ]
}

/** A run of a few, to its end. */
async function run(page: Page, start: RegExp): Promise<string> {
  await page.goto(`${app}/campaigns?search=few`)
  await press(page, /^Sync all/)
  await press(page, start)
  if (page.url().startsWith(acme)) await press(page, 'Allow')
  await page.waitForURL(`${app}/runs/**`)
  await wait(4_000)
  return new URL(page.url()).pathname
}

async function press(page: Page, name: string | RegExp): Promise<void> {
  const exact = { name, exact: typeof name === 'string' }
  await page.getByRole('button', exact).or(page.getByRole('link', exact)).first().click()
  await page.waitForLoadState('load')
}

/** The next pushes end in this. */
async function trouble(kind: string, count: string): Promise<void> {
  const body = new URLSearchParams({ kind, count })
  await fetch(`${acme}/panel/refuse`, { method: 'POST', body, redirect: 'manual' })
}

/** Some with names nobody would wish for. */
function campaigns() {
  const long = 'Donaudampfschifffahrtsgesellschaftskapitänsmützen'.repeat(3)
  const names = new Map([
    [6, long],
    [
      7,
      'A name of very many words, as people write them when nobody says how long it may be, '.repeat(
        2,
      ),
    ],
    [8, 'حملة الربيع الكبرى للتسويق عبر البريد'],
  ])
  return Array.from({ length: 60 }, (_, n) => ({
    id: `c${n}`,
    name: names.get(n) ?? (n > 50 ? `One of few ${n}` : `Campaign ${n}`),
    type: n % 3 ? 'Email' : 'Paid social',
    owner: n === 6 ? long.slice(0, 119) : n % 2 ? 'Dana' : 'Sam',
    budget: n * 1_234,
    startDate: `2026-12-${String((n % 28) + 1).padStart(2, '0')}`,
    ...(n === 6 && {
      description: `${long} `.repeat(12),
      landingPage: `https://example.com/${long}`,
    }),
  }))
}
