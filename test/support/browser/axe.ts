// axe on one of our pages, which have no frames: its usual way opens another page for each look, at twice the time.
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

export function axe(page: Page): AxeBuilder {
  return new AxeBuilder({ page }).setLegacyMode()
}
