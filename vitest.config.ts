// How the tests run: real servers on free ports, so files may run side by side.
import { defineConfig } from 'vitest/config'

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
  },
})
