// Child processes: started on a core, waited for, ended in order, and never left behind.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

const STARTED_WITHIN_MS = 20_000
const ENDED_WITHIN_MS = 12_000

export interface Program {
  /** The program and its arguments; `node` is the Node this runs on. */
  command: string[]
  /** Where it runs: no `.env` of a developer is read there. */
  folder: string
  environment: Record<string, string>
  /** Core, or a list of cores as taskset takes it. */
  cores: string
  /** URL that answers 200 once it is up. */
  ready: string | (() => Promise<boolean>)
  /** File its output goes to. */
  log: string
  /** Whom it runs as, when root starts what root must not run. */
  user?: { uid: number; gid: number } | undefined
}

export type Running = Awaited<ReturnType<typeof start>>

/** Starts it with nothing of our environment but the PATH, and waits until it answers. */
export async function start(program: Program) {
  const { folder, environment, cores, ready, log, user } = program
  const command = program.command.map((word) => (word === 'node' ? process.execPath : word))
  const isReady = typeof ready === 'string' ? () => isUp(ready) : ready
  const output = openSync(log, 'a')
  const began = performance.now()
  const child = spawn('taskset', ['-c', cores, ...command], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...environment },
    stdio: ['ignore', output, output],
    ...user,
  })
  closeSync(output)
  running.add(child)
  child.once('exit', () => running.delete(child))
  while (!(await isReady())) {
    if (child.exitCode !== null || performance.now() - began > STARTED_WITHIN_MS) {
      child.kill('SIGKILL')
      throw new Error(
        `${command.join(' ')} did not start:\n${readFileSync(log, 'utf8').slice(-2_000)}`,
      )
    }
    await wait(2)
  }
  return {
    /** taskset becomes the program it starts, so this is the program's own. */
    pid: child.pid ?? 0,
    /** From the start of the process to the first 200. */
    startMs: performance.now() - began,
    /** kill -9. */
    async kill(): Promise<void> {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    async stop(): Promise<void> {
      if (child.exitCode !== null || child.signalCode !== null) return
      const late = setTimeout(() => child.kill('SIGKILL'), ENDED_WITHIN_MS)
      child.kill('SIGTERM')
      await once(child, 'exit')
      clearTimeout(late)
    },
  }
}

export function isUp(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('error', () => resolve(false))
  })
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
