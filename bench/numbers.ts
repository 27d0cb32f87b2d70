// The little arithmetic of the benchmark.

/** The middle one, or the mean of the two. */
export function median(values: number[]): number {
  return (quantile(values, 0.5) + quantile(values, 0.5, Math.ceil)) / 2
}

/** The value below which `share` of them lie; NaN of none. */
export function quantile(values: number[], share: number, round = Math.floor): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[round((sorted.length - 1) * share)] ?? Number.NaN
}

/** How much y grows for each 1 of x: the least-squares line. */
export function slope(points: [x: number, y: number][]): number {
  const mean = (index: 0 | 1) => sum(points.map((point) => point[index])) / points.length
  const [middleX, middleY] = [mean(0), mean(1)]
  const across = sum(points.map(([x, y]) => (x - middleX) * (y - middleY)))
  return across / sum(points.map(([x]) => (x - middleX) ** 2))
}

export function sum(values: number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
