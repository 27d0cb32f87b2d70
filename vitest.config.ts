// How the tests run: real servers on free ports, so files may run side by side.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Most of a test is waiting for another process.
    maxWorkers: 3,
  },
})
