// Plots as SVG: two axes, lines with points, readable on light and on dark.

export interface Axis {
  label: string
  /** Each step is ten times the one before. Without it the axis begins at 0. */
  log?: boolean
}

export interface Plot {
  title: string
  x: Axis
  y: Axis
  lines: { name: string; points: [x: number, y: number][] }[]
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 320, 64, 16, 56, 48]
const COLORS = ['#3b82d0', '#d9730d', '#2e9e5b', '#a05fc4']
const STYLE =
  'text{font:12px system-ui,sans-serif;fill:#333}.grid{stroke:#8884}@media(prefers-color-scheme:dark){text{fill:#ccc}}'

export function plot({ title, x, y, lines }: Plot): string {
  const points = lines.flatMap((line) => line.points)
  const across = scale(
    x,
    points.map(([value]) => value),
    LEFT,
    WIDTH - RIGHT,
  )
  const up = scale(
    y,
    points.map(([, value]) => value),
    HEIGHT - BOTTOM,
    TOP,
  )
  const parts = [
    text(LEFT, 20, title, 'start'),
    ...lines.map(({ name }, index) =>
      text(LEFT + index * 140, 40, `● ${name}`, 'start', COLORS[index]),
    ),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x.label, 'middle'),
    text(LEFT - 8, TOP - 16, y.label, 'end'),
    ...across.ticks.map((tick) =>
      text(across.at(tick), HEIGHT - BOTTOM + 18, short(tick), 'middle'),
    ),
    ...up.ticks.map((tick) => text(LEFT - 8, up.at(tick) + 4, short(tick), 'end')),
    ...up.ticks.map((tick) => `<path class="grid" d="M${LEFT} ${up.at(tick)}H${WIDTH - RIGHT}"/>`),
    ...lines.map((line, index) =>
      drawn(
        line.points.map(([a, b]) => [across.at(a), up.at(b)]),
        COLORS[index],
      ),
    ),
  ]
  const size = `viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img"><title>${title}</title><style>${STYLE}</style>\n${parts.join('\n')}\n</svg>\n`
}

/** Where a value lies between two edges of the picture, and the values that are written there. */
function scale({ log }: Axis, values: number[], from: number, to: number) {
  const ticks = log ? powers(values) : steps(Math.max(...values))
  const position = (value: number) => (log ? Math.log10(value) : value)
  const [least, most] = [position(ticks[0] ?? 0), position(ticks.at(-1) ?? 1)]
  const at = (value: number) =>
    Math.round(from + ((position(value) - least) / (most - least)) * (to - from))
  return { ticks, at }
}

function powers(values: number[]): number[] {
  const least = Math.floor(Math.log10(Math.min(...values)))
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...values))))
  return Array.from({ length: most - least + 1 }, (_, index) => 10 ** (least + index))
}

/** From 0, at most six, by 1, 2 or 5 times a power of ten. */
function steps(most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(most / 5 || 1))
  const step = power * ([1, 2, 5, 10].find((factor) => power * factor * 5 >= most) ?? 10)
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step)
}

function drawn(points: [x: number, y: number][], color = 'gray'): string {
  const dots = points.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${color}"/>`)
  const line = points.map(([x, y]) => `${x},${y}`).join(' ')
  return `<polyline points="${line}" fill="none" stroke="${color}" stroke-width="2"/>${dots.join('')}`
}

function text(x: number, y: number, content: string, anchor: string, color?: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${color ? ` style="fill:${color}"` : ''}>${content}</text>`
}

function short(value: number): string {
  const [divisor, unit] = value >= 1e6 ? [1e6, 'M'] : value >= 1e4 ? [1e3, 'k'] : [1, '']
  return `${Number((value / divisor).toPrecision(3))}${unit}`
}
