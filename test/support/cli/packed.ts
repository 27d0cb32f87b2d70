// The npm package as somebody installs it: packed, unpacked into a folder of its own, with our libraries beside it.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const run = promisify(execFile)

export interface Ended {
  /** The exit code; undefined when a signal ended it. */
  code: number | undefined
  stdout: string
  stderr: string
}

export type Packed = Awaited<ReturnType<typeof installPacked>>

/** Packs this repository (which builds it) and installs that; no registry is asked. */
export async function installPacked() {
  const folder = mkdtempSync(join(tmpdir(), 'packed-'))
  const modules = join(folder, 'node_modules')
  const home = join(modules, 'campaign-sync')
  mkdirSync(home, { recursive: true })
  const packing = ['pack', '--silent', '--pack-destination', folder]
  const { stdout } = await run('npm', packing, { cwd: ROOT })
  const tarball = join(folder, stdout.trim().split('\n').at(-1) ?? '')
  await run('tar', ['-xzf', tarball, '-C', home, '--strip-components=1'])
  const ours = readdirSync(join(ROOT, 'node_modules')).filter((name) => !name.startsWith('.'))
  for (const name of ours) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
  mkdirSync(join(modules, '.bin'))
  const command = join(modules, '.bin', 'campaign-sync')
  symlinkSync(join(home, 'bin', 'campaign-sync.js'), command)

  /** In the folder, with nothing of our environment but the PATH. */
  function start(program: string, words: string[], environment: Record<string, string> = {}) {
    const env = { PATH: process.env.PATH ?? '', HOME: folder, ...environment }
    const child = spawn(program, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text) => {
        said[name] += text
      })
    const ended = once(child, 'close').then(
      ([code]): Ended => ({ code: typeof code === 'number' ? code : undefined, ...said }),
    )
    return { child, said, ended }
  }

  return {
    folder,
    /** The command with these words, in a process of its own. */
    start: (words: string[], environment?: Record<string, string>) =>
      start(process.execPath, [command, ...words], environment),
    /** The same, found by npx. */
    npx: (words: string[], environment?: Record<string, string>) =>
      start('npx', ['--no', 'campaign-sync', ...words], environment).ended,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
