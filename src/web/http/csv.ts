// CSV (RFC 4180) that a spreadsheet reads as text and never as a formula.

export function csvLine(cells: (string | number | undefined)[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

/**
 * A spreadsheet takes a text that begins so for a formula. Some split a line at `;` or tab as well, and begin a row at
 * any line break: what stands behind those begins a text, too, and a quote there is none of the text. What a formula
 * begins with is looked for first, so that a long text without one takes no time.
 */
const FORMULA = /(?=[=+\-@＝＋－＠])(?<=(?:^|[;\t\r\n])[\s\p{C}"]*)/gu

function cell(value: string | number | undefined): string {
  const text = String(value ?? '')
  const safe = typeof value === 'string' ? text.replaceAll(FORMULA, "'") : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
