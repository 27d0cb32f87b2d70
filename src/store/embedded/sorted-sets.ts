// Sorted sets of the embedded store: a number for each member, found by member and in the order of the numbers.
import type { DatabaseSync } from 'node:sqlite'
import type { Scored } from '../store.ts'
import { atLeastOne, findKind } from './entries.ts'
import type { EmbeddedFile } from './file.ts'

export const SCORES_SCHEMA = `
  CREATE TABLE IF NOT EXISTS scores (
    key TEXT NOT NULL REFERENCES entries ON DELETE CASCADE,
    member TEXT NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (key, member)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS scores_in_order ON scores (key, score, member);`

export function prepareScores(db: DatabaseSync) {
  return {
    score: db.prepare('SELECT score FROM scores WHERE key = ? AND member = ?'),
    setScore: db.prepare(
      'INSERT INTO scores (key, member, score) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET score = excluded.score',
    ),
    scoresBetween: db.prepare(
      'SELECT member, score FROM scores WHERE key = ? AND score BETWEEN ? AND ? ORDER BY score, member',
    ),
    removeScores: db.prepare('DELETE FROM scores WHERE key = ?'),
  }
}

export function scoreCommands(file: EmbeddedFile) {
  const { statements, command } = file
  return {
    zAdd: command((key: string, members: Scored | Scored[]) => {
      const all = [members].flat()
      if (all.length === 0) throw new Error("ERR wrong number of arguments for 'zadd' command")
      if (all.some(({ score }) => Number.isNaN(score)))
        throw new Error('ERR value is not a valid float')
      if (findKind(file, key, 'zset') === undefined) statements.put.run(key, 'zset', '', null)
      let added = 0
      for (const { score, value } of all) {
        if (statements.score.get(key, value) === undefined) added += 1
        statements.setScore.run(key, value, score)
      }
      return added
    }),

    zmScore: command((key: string, members: string[]) => {
      const all = atLeastOne('zmscore', members)
      if (findKind(file, key, 'zset') === undefined) return all.map(() => null)
      return all.map((member) => {
        const row = statements.score.get(key, member)
        return row === undefined ? null : Number(row.score)
      })
    }),

    zRangeByScoreWithScores: command((key: string, least: number, most: number): Scored[] => {
      if (findKind(file, key, 'zset') === undefined) return []
      const rows = statements.scoresBetween.all(key, least, most)
      return rows.map(({ member, score }) => ({ value: String(member), score: Number(score) }))
    }),
  }
}
