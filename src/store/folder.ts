// Makes a folder and those above it. Node's own recursive way asks for ever where no folder can be made (/proc/x).
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes what is missing. @throws Error of the file system */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    if (!existsSync(path)) throw error // else another process has made it
  }
}
