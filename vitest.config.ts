// How the tests run: real servers on free ports, so files may run side by side.
import { accessSync, constants, statfsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

const MEMORY = '/dev/shm'
const ENOUGH_BYTES = 1_000_000_000

/** Percent of lines and branches that the tests of `npm run coverage` have to reach. */
const LEAST = {
  access: { lines: 99, branches: 87 },
  oauth: { lines: 96, branches: 86 },
  session: { lines: 97, branches: 82 },
  store: { lines: 96, branches: 87 },
  sync: { lines: 96, branches: 89 },
  vendors: { lines: 96, branches: 87 },
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // For a machine that is busy: some tests start the app three times.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most of a test is waiting for another process.
    maxWorkers: 3,
    // Files have servers of their own and keep nothing in a module; importing the app anew for each is a third of the time.
    isolate: false,
    // What a store or a browser writes is thrown away after its test, and waiting for the disk takes a third of the time.
    env: inMemory() ? { TMPDIR: MEMORY } : {},
    // `npm run coverage`: the folders that keep the promise. Thresholds are what was measured, rounded down.
    coverage: {
      include: Object.keys(LEAST).map((folder) => `src/${folder}/**/*.ts`),
      reporter: ['text'],
      thresholds: Object.fromEntries(
        Object.entries(LEAST).map(([folder, least]) => [`src/${folder}/**/*.ts`, least]),
      ),
    },
  },
})

/** Whether this machine has a folder in memory, and room in it: a container often has 64 MB. */
function inMemory(): boolean {
  try {
    accessSync(MEMORY, constants.W_OK)
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize > ENOUGH_BYTES
  } catch {
    return false
  }
}
