// A real Chromium without a window, and pages that remember everything that went wrong in them.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Page } from 'playwright-core'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
/** ms for one step of a page. */
const STEP_MS = 10_000

export type Chromium = Awaited<ReturnType<typeof startChromium>>
export type WatchedPage = Awaited<ReturnType<Chromium['open']>>

/** The bare browser. @throws when it is not installed, with the line that installs it */
export function launch() {
  return chromium.launch({ executablePath: executable(), headless: true, args: FLAGS })
}

/** Starts it with a fresh profile. @throws when it is not installed, with the line that installs it */
export async function startChromium() {
  const browser = await launch()
  return {
    /** A person of their own: new cookies, new cache. */
    async open({ javaScriptEnabled = true }: { javaScriptEnabled?: boolean } = {}) {
      const context = await browser.newContext({ javaScriptEnabled })
      const page = await context.newPage()
      page.setDefaultTimeout(STEP_MS)
      const watched = watch(page)
      /** @throws when anything went wrong in its pages */
      const close = async () => {
        await context.close()
        if (watched.problems.length > 0) throw new Error(watched.problems.join('\n'))
      }
      return { page, ...watched, close }
    },
    close: () => browser.close(),
  }
}

/** Console errors (a CSP violation is one), uncaught errors, a Referer to another site; and the pages really shown. */
function watch(page: Page) {
  const problems: string[] = []
  const shown: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('request', (request) => {
    const { referer } = request.headers()
    if (referer && new URL(request.url()).origin !== new URL(referer).origin)
      problems.push(`${request.url()} was told that the person came from ${referer}`)
  })
  page.on('crash', () => problems.push('the page crashed'))
  page.on('response', (response) => {
    const request = response.request()
    const isPage = request.isNavigationRequest() && request.frame() === page.mainFrame()
    if (isPage && response.status() < 300) shown.push(response.url())
  })
  return {
    /** What went wrong so far; `close` throws when it is not empty. */
    problems,
    /** The pages shown since this was last asked: redirects are none. */
    takeShown: () => shown.splice(0),
  }
}

function executable(): string {
  const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)]
  const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']
  const all = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  const found = all.find((file) => existsSync(file))
  if (!found)
    throw new Error(
      'These tests open a real Chromium, and there is none: sudo apt-get install -y chromium',
    )
  return found
}
