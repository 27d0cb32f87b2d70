// The very app, with a vendor's shipped file, beside the stand-in of that vendor's API; and one person's browser.
import { join } from 'node:path'
import type { Environment } from '../../app/setup.ts'
import { onStage, playWith, startStage } from '../stage.ts'
import { createStandIn } from './base.ts'
import { STAND_INS } from './vendors.ts'

const FILES = join(import.meta.dirname, '..', '..', '..', '..', 'src', 'vendors', 'files')

/** A pattern of a host that the token answer names must let the stage's through. */
const HOST_PATTERN = /"https:\/\/\[a-z0-9-\].{0,80}?\.com"/
const STAGE_PATTERN = JSON.stringify('http://127\\.0\\.0\\.1:[0-9]+(/[a-z.]+)?')

/** The stand-ins' lists are behind for less than a second: the seconds that a real vendor may need would only be waited for. */
const inASecond = (name: string, value: unknown) =>
  name === 'find' ? Object.assign({}, value, { settleSeconds: 1 }) : value

/** Plays the file of this vendor; `lag` and `pageSize` are the stand-in's, `details` the campaigns'. Close it at the end. */
export async function playAtStandIn(
  id: string,
  environment: Environment,
  options?: Parameters<typeof createStandIn>[1],
  details?: object,
) {
  const describe = STAND_INS[id]
  if (!describe) throw new Error(`no stand-in of ${id}`)
  const stage = await startStage()
  const standIn = createStandIn(describe, options)
  standIn.mount(stage)
  const file = JSON.stringify(onStage(join(FILES, `${id}.json`), stage), inASecond)
  const scene = await playWith(
    [JSON.parse(file.replace(HOST_PATTERN, () => STAGE_PATTERN))],
    environment,
    details,
  )
  return {
    ...scene,
    stage,
    standIn,
    async close() {
      await scene.close()
      await stage.close()
    },
  }
}
