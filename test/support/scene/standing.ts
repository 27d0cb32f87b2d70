// What holds after every test: the app is still alive, nothing surprised it, and it answered in time.
import { expect } from 'vitest'

interface App {
  origin: string
  isClosed(): boolean
  output?(): string
  logs?(): string
}

/** Every app that was not stopped by its test answers /healthz, and none ever met an error that nobody caught. */
export async function expectAlive(apps: App[], surprised: boolean): Promise<void> {
  for (const app of apps) {
    if (!surprised)
      expect((app.output ?? app.logs)?.()).not.toMatch(/"msg":"surprise"|E-OURS|Unhandled/)
    if (app.isClosed()) continue
    const answer = await fetch(`${app.origin}/healthz`, { signal: AbortSignal.timeout(5_000) })
    expect([answer.status, await answer.text()]).toEqual([200, 'ok'])
  }
}

/** Within the deadline, each of them. */
export function expectInTime(
  visits: { method: string; url: URL; ms: number }[],
  most: number,
): void {
  const late = visits.filter(({ ms }) => ms > most)
  expect(
    late.map(({ method, url, ms }) => `${method} ${url.pathname}: ${Math.round(ms)} ms`),
  ).toEqual([])
}
