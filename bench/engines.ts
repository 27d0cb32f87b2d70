// The engines that durable peers stand on, each started by the bench on free ports with a data folder of its own.
import { execFile, execFileSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../test/support/app/free-port.ts'
import { isUp, start } from './processes.ts'

export interface Engine {
  pid: number
  /** Where apps reach it; the kill test listens in on it. */
  port: number
  /** What an app is told of it: apps with different numbers share no data; the engine is reached at `reached`. */
  environment(number?: number, reached?: number): Promise<Record<string, string>>
  stop(): Promise<void>
}

interface Place {
  cores: string
  log: string
}

export type EngineName = 'postgres' | 'restate'

/** @throws when it is not installed, with what installs it */
export function startEngine(name: EngineName, place: Place): Promise<Engine> {
  return name === 'postgres' ? startPostgres(place) : startRestate(place)
}

/** PostgreSQL with its defaults: every commit is on disk before it is answered. */
async function startPostgres({ cores, log }: Place): Promise<Engine> {
  const bin = postgresFolder()
  const data = mkdtempSync(join(tmpdir(), 'campaign-sync-postgres-')) // its user may not enter the bench's folder
  const user = process.getuid?.() === 0 ? userNamed('postgres') : undefined
  if (user) chownSync(data, user.uid, user.gid)
  const [auth, locale] = [
    ['--auth=trust', '--username=postgres'],
    ['--encoding=UTF8', '--locale=C'],
  ]
  const initdb = [...auth, ...locale, '-D', data]
  execFileSync(join(bin, 'initdb'), initdb, { cwd: '/', stdio: 'ignore', ...user })
  const port = await freePort()
  const settings = ['-h', '127.0.0.1', '-k', data, '-p', String(port)]
  const isReady = () =>
    promisify(execFile)(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)])
      .then(() => true)
      .catch(() => false)
  const command = [join(bin, 'postgres'), '-D', data, ...settings]
  const run = await start({
    ...{ command, cores, log, user, folder: '/' },
    environment: {},
    ready: isReady,
  })
  return {
    ...run,
    stop: () => run.stop().finally(() => rmSync(data, { recursive: true, force: true })),
    port,
    environment: async (number = 0, reached = port) => ({
      DBOS_SYSTEM_DATABASE_URL: `postgresql://postgres@127.0.0.1:${reached}/peer_${number}`,
    }),
  }
}

function postgresFolder(): string {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort() : []
  const found = versions.map((version) => join(debian, version, 'bin')).at(-1)
  if (!found) throw new Error('there is no PostgreSQL: sudo apt-get install -y postgresql')
  return found
}

/** PostgreSQL does not run as root. @throws when there is no such user */
function userNamed(name: string) {
  const line = readFileSync('/etc/passwd', 'utf8').match(
    new RegExp(`^${name}:[^:]*:(\\d+):(\\d+)`, 'm'),
  )
  if (!line)
    throw new Error(`there is no user ${name}: install PostgreSQL from the system's packages`)
  return { uid: Number(line[1]), gid: Number(line[2]) }
}

/** restate-server with its defaults, on this machine only and without telemetry. */
async function startRestate({ cores, log }: Place): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'campaign-sync-restate-'))
  const [ingress, admin, fabric] = [await freePort(), await freePort(), await freePort()]
  const config = join(folder, 'restate.toml')
  writeFileSync(config, restateConfig({ data: join(folder, 'restate'), ingress, admin, fabric }))
  const isReady = async () =>
    (await isUp(`http://127.0.0.1:${admin}/health`)) &&
    (await isUp(`http://127.0.0.1:${ingress}/restate/health`))
  const run = await start({
    ...{ command: [restateBinary(), '--no-logo', '--config-file', config], folder, cores, log },
    environment: { DO_NOT_TRACK: '1' },
    ready: isReady,
  })
  return {
    ...run,
    stop: () => run.stop().finally(() => rmSync(folder, { recursive: true, force: true })),
    port: ingress,
    async environment(number = 0, reached = ingress) {
      const servicePort = await freePort()
      return {
        RESTATE_INGRESS: `http://127.0.0.1:${reached}`,
        RESTATE_ADMIN: `http://127.0.0.1:${admin}`,
        SERVICE: `pusher${number}`,
        SERVICE_PORT: String(servicePort),
        SERVICE_URL: `http://127.0.0.1:${servicePort}`,
      }
    },
  }
}

/** The binary itself: the package's own start script would be a Node process beside it. */
function restateBinary(): string {
  const packages = join(import.meta.dirname, 'node_modules', '@restatedev')
  const binary = join(packages, `restate-server-linux-${process.arch}`, 'bin', 'restate-server')
  if (!existsSync(binary)) throw new Error('there is no restate-server: npm --prefix bench ci')
  return binary
}

function restateConfig(of: { data: string; ingress: number; admin: number; fabric: number }) {
  return `
node-name = "bench"
base-dir = ${JSON.stringify(of.data)}
listen-mode = "tcp"
bind-ip = "127.0.0.1"
bind-port = ${of.fabric}
advertised-host = "127.0.0.1"
disable-telemetry = true
[ingress]
bind-port = ${of.ingress}
[admin]
bind-port = ${of.admin}
`
}
