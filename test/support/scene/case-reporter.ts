// Vitest reporter of `npm run cases`: writes docs/CASES.md from the titles of the tests that ran.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { caseTable, type Ran, standings } from './case-table.ts'

const PAGE = join(import.meta.dirname, '..', '..', '..', 'docs', 'CASES.md')

export default class CaseReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const all = standings(modules.flatMap(testsOf))
    writeFileSync(PAGE, caseTable(all))
    const missing = [...all]
      .filter(([, { is }]) => is === 'open' || is === 'failed')
      .map(([{ id }]) => id)
    console.log(`${PAGE} is written. Open or failed: ${missing.join(', ') || 'none'}`)
  }
}

function testsOf(module: TestModule): Ran[] {
  return [...module.children.allTests()].flatMap((test) => {
    const { state } = test.result()
    const ran = state === 'passed' || state === 'failed'
    return ran
      ? [{ file: module.relativeModuleId, title: test.name, passed: state === 'passed' }]
      : []
  })
}
