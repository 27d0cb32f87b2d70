// Makes a folder and those above it. Node's recursive mkdir never ends where no folder can be made (/proc/x).
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** @throws Error of the file system */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    if (!existsSync(path)) throw error // otherwise another process has made it
  }
}
