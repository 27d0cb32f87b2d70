// Turns functions on the database into commands: each is done or not at all, and concurrent ones share a transaction.
import type { DatabaseSync, StatementSync } from 'node:sqlite'

type Statements = Record<
  'begin' | 'commit' | 'rollback' | 'mark' | 'release' | 'undo',
  StatementSync
>

interface Waiting {
  run(): void
  done(): void
  failed(error: unknown): void
}

/**
 * Returns `command(body)`. A crash or an error leaves all of a body or none. Commands that arrive together share one
 * transaction, because waiting for the disk takes longest; each resolves when it is on the disk.
 */
export function createTransactions(db: DatabaseSync, statements: Statements) {
  let waiting: Waiting[] = []

  /** Savepoints cost as much as a short command, so they are used only after one has failed. */
  function flush(): void {
    const batch = waiting
    waiting = []
    let failed = false
    const runPlain = (one: Waiting) => {
      failed = true
      one.run()
      failed = false
      return one.done
    }
    let failure = transact(batch, runPlain)
    if (failure && failed) failure = transact(batch, runOne)
    if (failure) for (const one of batch) one.failed(failure.error)
  }

  /** Runs all or none; the error, or undefined when all are on the disk and have resolved. */
  function transact(
    batch: Waiting[],
    run: (one: Waiting) => () => void,
  ): { error: unknown } | undefined {
    try {
      statements.begin.run()
      const settles = batch.map(run)
      statements.commit.run()
      for (const settle of settles) settle()
      return undefined
    } catch (error) {
      if (db.isOpen && db.isTransaction) statements.rollback.run()
      return { error }
    }
  }

  function runOne(one: Waiting): () => void {
    statements.mark.run()
    try {
      one.run()
      statements.release.run()
      return one.done
    } catch (error) {
      // SQLite rolls back the whole transaction when the disk is full.
      if (!db.isTransaction) throw error
      statements.undo.run()
      statements.release.run()
      return () => one.failed(error)
    }
  }

  return <Args extends unknown[], Result>(body: (...args: Args) => Result) =>
    (...args: Args): Promise<Result> =>
      new Promise<Result>((resolve, reject) => {
        let result: Result
        waiting.push({
          run: () => {
            result = body(...args)
          },
          done: () => resolve(result),
          failed: reject,
        })
        if (waiting.length === 1) setImmediate(flush)
      })
}
