// Reads our own pages the way a person does: heading, banner, what can be pressed. For our simple markup only.

/** A link, or a form of one button. */
export interface Action {
  /** The accessible name. */
  name: string
  href?: string
  post?: string
  fields: Record<string, string>
}

export interface Page {
  title: string
  heading: string
  /** What just happened; undefined when nothing is told. */
  banner: { tone: string; text: string; actions: string[] } | undefined
  actions: Action[]
  /** All text, without markup. */
  text: string
}

export function readPage(html: string): Page {
  const main = /<main[^>]*>([\s\S]*)<\/main>/.exec(html)?.[1] ?? html
  const banner = bannerIn(main)
  const said = /<p class="text">([\s\S]*?)<\/p>/.exec(banner ?? '')?.[1]
  return {
    title: textOf(/<title>([\s\S]*?)<\/title>/.exec(html)?.[1] ?? ''),
    heading: textOf(/<h1[^>]*>([\s\S]*?)<\/h1>/.exec(main)?.[1] ?? ''),
    banner:
      banner === undefined
        ? undefined
        : {
            tone: /^<div class="banner (\w+)/.exec(banner)?.[1] ?? '',
            text: textOf(said ?? ''),
            actions: actionsOf(banner).map(({ name }) => name),
          },
    actions: actionsOf(html),
    text: textOf(main),
  }
}

/** A page without the vendor's own words about a trouble: what is left is ours. */
export const withoutDetail = (html: string): string =>
  html.replace(/<details class="detail">.*?<\/details>/s, '')

/** From its opening tag to the closing one that belongs to it. */
function bannerIn(html: string): string | undefined {
  const start = html.indexOf('<div class="banner')
  if (start < 0) return undefined
  let depth = 0
  for (const tag of html.slice(start).matchAll(/<(\/?)div\b/g)) {
    depth += tag[1] === '' ? 1 : -1
    if (depth === 0) return html.slice(start, start + tag.index)
  }
  return html.slice(start)
}

function actionsOf(html: string): Action[] {
  const forms = [...html.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)].map(
    ([, form = '', inside = '']) => {
      const button = /<button([^>]*)>([\s\S]*?)<\/button>/.exec(inside)
      const all = [...inside.matchAll(/<input([^>]*)>/g)].map(([, input = '']) => input)
      const sent = all.filter(
        (input) => attribute(input, 'type') !== 'radio' || / checked\b/.test(input),
      )
      const inputs = sent.map((input) => [
        attribute(input, 'name') ?? '',
        attribute(input, 'value') ?? '',
      ])
      return {
        name: attribute(button?.[1] ?? '', 'aria-label') ?? textOf(button?.[2] ?? ''),
        post: attribute(form, 'action') ?? '',
        fields: Object.fromEntries(inputs),
      }
    },
  )
  const links = [...html.matchAll(/<a\b([^>]*)>([\s\S]*?)<\/a>/g)].map(
    ([, link = '', inside = '']) => ({
      name: attribute(link, 'aria-label') ?? textOf(inside),
      href: attribute(link, 'href') ?? '',
      fields: {},
    }),
  )
  return [...forms, ...links]
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? undefined : plain(value)
}

function textOf(html: string): string {
  return plain(html.replaceAll(/<[^>]*>/g, ''))
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function plain(text: string): string {
  const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&', '#39': "'" }
  return text.replaceAll(/&(lt|gt|quot|amp|#39);/g, (_, name: string) => entities[name] ?? '')
}

/** The page without what its choices offer: what it says of what there is. */
export function withoutChoices(html: string): string {
  return html.replaceAll(/<select[\s\S]*?<\/select>/g, '')
}
