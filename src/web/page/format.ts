// Numbers as the reader writes them: the locale their browser asks for. Words and dates stay English, like the pages.
import type { Request } from 'express'
import { BoundedMap } from '../../store/bounded-map.ts'

/** Locales are made up easily; each kept format is memory. */
const KEPT_MOST = 200
const formats = new BoundedMap<string, Intl.NumberFormat>(KEPT_MOST)

/** The first language the browser asks for, when this Node knows its numbers. */
export function localeOf(req: Request): string {
  const wanted = req.acceptsLanguages()[0] ?? ''
  const isPlain = /^[a-z]{2,3}(-[A-Za-z]{4})?(-[A-Z]{2})?$/.test(wanted)
  return (isPlain && Intl.NumberFormat.supportedLocalesOf(wanted)[0]) || 'en-GB'
}

/** `€12,000` or `12.000 €`: an amount in whole units of its currency, no cents when there are none. */
export function money(
  amount: number | undefined,
  currency: string,
  locale: string,
): string | undefined {
  if (amount === undefined) return undefined
  const key = `${locale} ${currency}`
  let format = formats.get(key)
  if (!format) {
    format = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      maximumFractionDigits: 2,
      trailingZeroDisplay: 'stripIfInteger',
    })
    formats.set(key, format)
  }
  return format.format(amount)
}
