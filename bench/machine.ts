// What Linux says of the machine and of a process: who used how much CPU, memory and files; and who runs on which core.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

/** The app has a core to itself; Redis, the vendor and the driver share the other. */
export const APP_CORE = '0'
export const REST_CORE = '1'
/** Where it does not matter who runs where. */
export const ALL_CORES = `0-${cpus().length - 1}`

/** /proc counts time in ticks of 10 ms. */
const TICK_MS = 10

/** Moves a process, with all its threads, to a core or a list of cores. */
export function pin(pid: number, cores: string): void {
  execFileSync('taskset', ['-acp', cores, String(pid)], { stdio: 'ignore' })
}

/** ms of CPU a process has used, user and system. */
export function cpuMs(pid: number): number {
  const fields = statOf(pid)
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

function statOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
}

/** The process and all that it has started, and they. */
function treeOf(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`)
  const children = tasks.flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  )
  return [pid, ...children.map(Number).filter(isAlive).flatMap(treeOf)]
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`)
}

/** ms of CPU of a process, of those it has started, and of those of them that have ended. */
export function treeCpuMs(pid: number): number {
  const fields = statOf(pid)
  const ended = (Number(fields[13]) + Number(fields[14])) * TICK_MS
  return ended + treeOf(pid).reduce((total, one) => total + cpuMs(one), 0)
}

/** MB of memory of a process and those it has started; what they share counts once. */
export function treeMb(pid: number): number {
  const kb = treeOf(pid).map((one) =>
    Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${one}/smaps_rollup`, 'utf8'))?.[1]),
  )
  return kb.reduce((total, one) => total + one, 0) / 1024
}

/** ms of CPU that everybody on this machine has used: all but idle and waiting for a disk. */
export function busyMs(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) * TICK_MS
}

/** MB of memory a process has in RAM. */
export function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/** Files and sockets a process has open. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** One line about where and when. */
export function describeMachine(): string {
  const all = cpus()
  const redis = /v=([\d.]+)/.exec(
    execFileSync('redis-server', ['--version'], { encoding: 'utf8' }),
  )?.[1]
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`
  const when = new Date().toISOString().slice(0, 16).replace('T', ' ')
  return `${when} UTC; ${all.length} cores (${all[0]?.model}), ${memory}, Linux ${release()}; Node ${process.version}, Redis ${redis}`
}
