// How the tests run: real servers on free ports, so files may run side by side.
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const MEMORY = '/dev/shm'
const ENOUGH_BYTES = 1_000_000_000
const memory = memoryFolder()

/** What takes longest is begun first, so that none is left alone at the end; those that compute between those that wait. */
const LONGEST = [
  'cases/process-kill',
  'web/pages',
  'sync/stopped',
  'runs/live',
  'web/walk',
  'sync/versions',
  'cases/process',
  'store/failover',
  'cases/load',
  'runs/walk',
  'sync/stood-still',
  'store/redis-cluster',
  'cases/in-chromium',
  'cases/redis-faults',
  'runs/kill',
  'cases/token-answers',
  'sync/uncertain',
  'cases/vendor-api',
  'sync/kill-authorization',
  'runs/faults',
  'runs/uncertain',
  'sync/kill-push',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
      return at === -1 ? LONGEST.length : at
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

/** Percent of lines and branches that the tests of `npm run coverage` have to reach. */
const LEAST = {
  access: { lines: 99, branches: 89 },
  oauth: { lines: 97, branches: 91 },
  session: { lines: 97, branches: 85 },
  store: { lines: 96, branches: 87 },
  sync: { lines: 96, branches: 90 },
  vendors: { lines: 97, branches: 89 },
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
    sequence: { sequencer: LongestFirst },
    // What a store or a browser writes is thrown away after its test, and waiting for the disk takes a third of the time.
    env: memory === undefined ? {} : { TMPDIR: memory },
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

/** A folder that lives as long as this process, where the machine has memory for it: a container often has 64 MB. */
function memoryFolder(): string | undefined {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    if (bavail * bsize < ENOUGH_BYTES) return undefined
    const folder = mkdtempSync(`${MEMORY}/campaign-sync-tests-`)
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    return folder
  } catch {
    return undefined
  }
}
