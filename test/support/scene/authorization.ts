// An authorization as a person goes through it: press Sync, go through the vendor, come back.

import type { Visit, Visitor } from '../browser/http-visitor.ts'
import { type Action, readPage } from '../browser/page.ts'

/** Where a click is made: the page (the campaign's own by default), and for which of several vendors. */
interface Where {
  page?: string
  vendor?: string
}

/** The Sync button of a campaign. */
export function syncButton(id: string, vendor?: string): (action: Action) => boolean {
  return (action) =>
    action.post === `/campaigns/${id}/sync` &&
    action.name.startsWith('Sync ') &&
    (vendor === undefined || action.fields.vendor === vendor)
}

/** What the banner of a page says. */
export function told(page: Visit): string | undefined {
  return readPage(page.body).banner?.text
}

/** Opens the page and presses Sync; gives the page it ends on. */
export async function sync(person: Visitor, id: string, where: Where = {}): Promise<Visit> {
  return onward(person, await person.follow(await pressSync(person, id, where)))
}

/** Opens the page and presses Sync; gives the answer, not yet followed. */
export async function pressSync(
  person: Visitor,
  id: string,
  { page, vendor }: Where = {},
): Promise<Visit> {
  const opened = await person.open(page ?? `/campaigns/${id}`)
  return person.press(opened, syncButton(id, vendor))
}

/** The first time a page explains what the vendor will ask: presses Continue. Any other page is the end already. */
export async function onward(person: Visitor, page: Visit): Promise<Visit> {
  const { heading, actions } = readPage(page.body)
  if (!heading.startsWith('Connect to ')) return page
  const proceed = actions.find(({ name }) => name.startsWith('Continue to '))
  return person.click(page, proceed?.name ?? 'Continue')
}

/** A visit that redirects. */
type Leaving = Visit & { next: URL }

/** The same at any vendor: where an API key is asked for, this one is typed. */
export async function syncAnywhere(person: Visitor, id: string, key = 'good-key'): Promise<Visit> {
  const page = await person.follow(await pressSync(person, id))
  const form = readPage(page.body).actions.find(({ post }) => post?.endsWith('/key'))
  if (!form) return onward(person, page)
  return person.follow(await person.post(form.post ?? '', { ...form.fields, key }))
}

/** Presses Sync and stops before the vendor is opened: `next` of the answer is its authorize URL. */
export async function toVendor(person: Visitor, id: string, where: Where = {}): Promise<Leaving> {
  return toVendorFrom(person, await pressSync(person, id, where))
}

/** As far as the vendor's door, from wherever a press has led. */
export async function toVendorFrom(person: Visitor, pressed: Visit): Promise<Leaving> {
  const atDoor = (next: URL) => next.pathname === '/authorize'
  const page = await person.follow(pressed, atDoor)
  if (page.next) return { ...page, next: page.next }
  const proceed = readPage(page.body).actions.find(({ name }) => name.startsWith('Continue to '))
  if (!proceed) throw new Error(`this does not lead to a vendor: ${readPage(page.body).text}`)
  return toVendorFrom(person, await person.press(page, proceed.name))
}

/** Through the vendor, and stops before its answer is delivered: `next` is the callback's URL. */
export async function toCallback(person: Visitor, atDoor: Visit): Promise<Leaving> {
  const back = await person.follow(atDoor, (next) => next.pathname.endsWith('/callback'))
  if (!back.next) throw new Error(`the vendor did not send back: ${back.body}`)
  return { ...back, next: back.next }
}
