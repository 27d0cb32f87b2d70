// A real redis-server for tests: it can be stopped, frozen, killed and started again on the same port.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../app/free-port.ts'

const STARTED_WITHIN_MS = 10_000
const STOPPED_WITHIN_MS = 5_000
const PORT_TRIES = 10

export interface RedisServerOptions {
  /** Write an append-only file into a directory of its own, so that `restart` finds the data again. */
  persist?: boolean
  /** Further arguments of redis-server, like ['--requirepass', 'x']. */
  args?: string[]
  /** Text of a configuration file, which redis-server may write to: a sentinel needs one. */
  config?: string
}

export type RedisServer = Awaited<ReturnType<typeof startRedisServer>>

/**
 * Starts a redis-server on a free port of 127.0.0.1 and waits until it answers.
 * @throws when redis-server is not installed, with the line that installs it
 */
export async function startRedisServer({
  persist = false,
  args = [],
  config,
}: RedisServerOptions = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'redis-'))
  const persistence = persist ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []
  const file = join(directory, 'redis.conf')
  if (config !== undefined) writeFileSync(file, config)
  const all = ['--dir', directory, ...persistence, ...args]
  all.unshift(...(config === undefined ? ['--save', ''] : [file]))
  const port = await freePort()
  let child = await launch(port, all)
  const end = async (signal: NodeJS.Signals) => {
    await endChild(child, signal)
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid(): number | undefined {
      return child.pid
    },
    /** Ends it in order and removes its data. */
    async stop() {
      await end('SIGTERM')
      rmSync(directory, { recursive: true, force: true })
    },
    /** SIGSTOP: connections stay open, the kernel takes bytes, nothing answers. */
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    /** SIGKILL; the port refuses connections afterwards. */
    kill: () => end('SIGKILL'),
    /** Starts it again on the same port, after ending it in order when it still runs. */
    async restart() {
      await end('SIGTERM')
      child = await launchAgain(port, all)
    },
  }
}

/** A client that knocks on the closed port may hold it for a moment (TCP self-connect): try again. */
async function launchAgain(port: number, args: string[]): Promise<ChildProcess> {
  for (let tries = 1; ; tries++) {
    try {
      return await launch(port, args)
    } catch (error) {
      if (tries === PORT_TRIES || !portTaken(error)) throw error
    }
  }
}

const portTaken = (error: unknown) => error instanceof Error && /already in use/.test(error.message)

async function launch(port: number, args: string[]): Promise<ChildProcess> {
  const command = [...args, '--port', String(port), '--bind', '127.0.0.1']
  const child = spawn('redis-server', command, { stdio: ['ignore', 'pipe', 'ignore'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let output = ''
  const ready = Promise.withResolvers<void>()
  const late = setTimeout(
    () => ready.reject(new Error('redis-server took too long')),
    STARTED_WITHIN_MS,
  )
  child.once('error', (error) => ready.reject(notInstalled(error)))
  child.once('close', () => ready.reject(new Error(`redis-server ended at start:\n${output}`)))
  createInterface(child.stdout).on('line', (line) => {
    output += `${line}\n`
    if (/Ready to accept connections|Sentinel ID is/.test(line)) ready.resolve()
  })
  try {
    await ready.promise
    await answers(port)
    return child
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(late)
  }
}

function notInstalled(error: Error): Error {
  if (!('code' in error) || error.code !== 'ENOENT') return error
  return new Error(
    'These tests start a real redis-server, and there is none: sudo apt-get install -y redis-server',
  )
}

/** Any reply will do: a server that asks for a password, or speaks TLS only, is up as well. */
async function answers(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.setTimeout(STARTED_WITHIN_MS, () =>
    socket.destroy(new Error('redis-server does not answer')),
  )
  socket.end('PING\r\n').resume()
  await once(socket, 'close')
}

async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  const late = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS)
  child.kill(signal)
  child.kill('SIGCONT')
  await ended
  clearTimeout(late)
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
