// "Did you mean …?": the known name that is nearest to an unknown one. Pure.

/** The known name that somebody meant, when exactly what they wrote is not one; undefined when none is near. */
export function closest(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name)) return undefined
  const same = known.find((one) => plain(one) === plain(name))
  if (same !== undefined) return same
  const [nearest] = known
    .map((one) => ({ one, distance: editDistance(name.toLowerCase(), one.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  if (!nearest) return undefined
  const length = Math.min(name.length, nearest.one.length)
  const most = length < 4 ? 0 : length < 6 ? 1 : 2
  return nearest.distance <= most ? nearest.one : undefined
}

/** `; did you mean "scopes"?`, or nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const meant = closest(name, known)
  return meant === undefined ? '' : `; did you mean "${meant}"?`
}

/** `start_date` and `startDate` are the same. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** Letters to add, remove, change, or swap with the next one (optimal string alignment). */
function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, index) => index)]
  const cell = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let row = 1; row <= from.length; row++) {
    rows[row] = [row]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      rows[row]?.push(
        Math.min(
          cell(row - 1, column) + 1,
          cell(row, column - 1) + 1,
          cell(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwapped ? cell(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
  }
  return cell(from.length, to.length)
}
