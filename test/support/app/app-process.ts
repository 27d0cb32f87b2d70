// The real src/server.ts as a child process, for tests that start, stop and kill it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { type Environment, registerAt, type Setup } from './setup.ts'

const ENTRY = join(import.meta.dirname, '..', '..', '..', 'src', 'server.ts')
const READY_WITHIN_MS = 40_000
const ENDED_WITHIN_MS = 12_000

export type AppProcess = Awaited<ReturnType<typeof startProcess>>

/** Starts it and waits until /healthz answers; on `port` when there is one to come back to, else on a free one. */
export async function startProcess(
  setup: Setup,
  options: { port?: number; publicUrl?: string } = {},
) {
  const port = options.port ?? (await freePort())
  const url = options.publicUrl ?? `http://localhost:${port}`
  const run = launch(setup, { PORT: String(port), PUBLIC_URL: url, ...setup.environment })
  const origin = `http://127.0.0.1:${port}`
  if (await isReady(origin, run)) {
    registerAt(setup.vendors, url)
    return { ...run, port, url, origin }
  }
  await run.kill('SIGKILL')
  throw new Error(`the app did not start:\n${run.output()}`)
}

/** Starts it where it is expected to give up, and tells how it ended. */
export async function startToFail(setup: Setup, environment: Environment, args: string[] = []) {
  const started = performance.now()
  const run = launch(setup, environment, args)
  const late = setTimeout(() => run.child.kill('SIGKILL'), READY_WITHIN_MS)
  const code = await run.ended
  clearTimeout(late)
  return { code, stdout: run.stdout(), stderr: run.stderr(), ms: performance.now() - started }
}

/** In the setup's folder, so that no .env of a developer is read; with nothing of our environment but the PATH. */
function launch(setup: Setup, environment: Environment, args: string[] = []) {
  const child = spawn(process.execPath, [ENTRY, ...args], {
    cwd: setup.folder,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.stderr += text
  })
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child)
    return typeof code === 'number' ? code : undefined
  })
  return {
    child,
    isClosed: () => child.exitCode !== null || child.signalCode !== null,
    /** The exit code; undefined when a signal ended it. */
    ended,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    /** Both, for messages and for the canary. */
    output: () => said.stdout + said.stderr,
    /** Sends the signal and waits for the end, at most 12 s. */
    async kill(signal: NodeJS.Signals) {
      const late = setTimeout(() => child.kill('SIGKILL'), ENDED_WITHIN_MS)
      child.kill(signal)
      const code = await ended
      clearTimeout(late)
      return code
    },
  }
}

/** It says so only after it listens; until then /healthz might be somebody else's. */
async function isReady(
  origin: string,
  { child, stdout }: ReturnType<typeof launch>,
): Promise<boolean> {
  for (const end = Date.now() + READY_WITHIN_MS; Date.now() < end; await wait(20)) {
    if (child.exitCode !== null || child.signalCode !== null) return false
    if (!stdout().includes('Redirect URI')) continue
    // On a busy machine the first answer may take longer than anybody should wait for one.
    const signal = AbortSignal.timeout(READY_WITHIN_MS)
    return (await (await fetch(`${origin}/healthz`, { signal })).text()) === 'ok'
  }
  return false
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
