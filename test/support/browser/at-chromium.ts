// A person at a real browser in front of the app, and the other sites they also visit.
import { createServer } from 'node:http'
import { expect } from 'vitest'
import type { TestApp } from '../app/app.ts'
import { listen } from '../app/listen.ts'
import type { Chromium } from './chromium.ts'

/** A person of their own at the app (localhost); the vendor and other sites are on 127.0.0.1, another site for a browser. */
export async function openChromium<S extends { app: TestApp }>(chromium: Chromium, scene: S) {
  const browser = await chromium.open()
  const dialogs: string[] = []
  browser.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  const text = async () =>
    (await browser.page.locator('main').textContent())?.replaceAll(/\s+/g, ' ') ?? ''
  return {
    ...scene,
    ...browser,
    dialogs,
    text,
    /** The first sync, with the page that explains it. */
    async connect(name = 'Spring launch') {
      await browser.page.goto(`${scene.app.url}/campaigns`)
      await browser.page.getByRole('button', { name: `Sync ${name}`, exact: true }).click()
      const proceed = browser.page.getByRole('link', { name: 'Continue to Fake Ads' })
      await proceed.or(browser.page.locator('.banner')).first().waitFor()
      if (await proceed.isVisible()) await proceed.click()
      await browser.page.locator('.banner').waitFor()
      expect(await text()).toContain(`${name} synced.`)
    },
  }
}

/** Another site that serves this page, and counts what is asked of it. */
export async function otherSite(html: string) {
  const asked: string[] = []
  const server = createServer((req, res) => {
    asked.push(req.url ?? '')
    res.setHeader('content-type', 'text/html').end(html)
  })
  const port = await listen(server)
  const close = async () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${port}/`, asked, close }
}
