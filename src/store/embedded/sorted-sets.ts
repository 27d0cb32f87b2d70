// What the commands on sorted sets do in the embedded store: a number for each member.
import type { CommandOf, Scored } from '../commands.ts'
import type { EmbeddedFile } from './file.ts'

export function executeOnSortedSet(
  file: EmbeddedFile,
  command: CommandOf<'zAdd' | 'zmScore' | 'zRangeByScoreWithScores'>,
): unknown {
  if ('zAdd' in command) return addMembers(file, command.zAdd, [command.members].flat())
  if ('zmScore' in command) return readScores(file, command.zmScore, command.members)
  const { zRangeByScoreWithScores: key, least, most } = command
  const rows = file.find(key) ? file.statements.scoresBetween.all(key, least, most) : []
  return rows.map(({ member, score }) => ({ value: String(member), score: Number(score) }))
}

function addMembers(file: EmbeddedFile, key: string, members: Scored[]): number {
  const { statements } = file
  if (!file.find(key)) statements.put.run(key, 'zset', '', null)
  let added = 0
  for (const { score, value } of members) {
    if (statements.score.get(key, value) === undefined) added += 1
    statements.setScore.run(key, value, score)
  }
  return added
}

function readScores(file: EmbeddedFile, key: string, members: string[]): (number | null)[] {
  if (!file.find(key)) return members.map(() => null)
  return members.map((member) => {
    const row = file.statements.score.get(key, member)
    return row === undefined ? null : Number(row.score)
  })
}
