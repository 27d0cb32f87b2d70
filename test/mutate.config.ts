// The tests that Stryker runs for each mutant: those that say what the mutated files do, without a server or a browser.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'test/sync/intent-{table,fields}.test.ts',
      'test/vendors/{classify-response,www-authenticate}.test.ts',
      'test/oauth/{callback-parameters,token-set}.test.ts',
    ],
    // For a machine that is busy.
    testTimeout: 60_000,
    maxWorkers: 1,
    isolate: false,
  },
})
