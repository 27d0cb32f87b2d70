// What is printed where: results on standard output, as text or JSON; what a person has to know beside it on standard error.

export interface Output {
  /** Standard error is a terminal: a QR code can be read from it. */
  isTerminal: boolean
  /** For people, beside the result. */
  note(text: string): void
  /** The result: `text` for people, `said` as the app said it. */
  result(said: unknown, text: string): void
}

export function createOutput(isJson: boolean): Output {
  return {
    isTerminal: process.stderr.isTTY === true,
    note: (text) => console.error(plain(text)),
    result: (said, text) => console.log(isJson ? JSON.stringify(said, null, 2) : plain(text)),
  }
}

/** Names come from elsewhere: nothing in them may move the cursor, or be a command to the terminal. */
function plain(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/gu, '')
}

/** Rows in columns as wide as what is in them; the last one is as long as it is. */
export function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: string[]) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join('  ')
  return rows.map(line).join('\n')
}
