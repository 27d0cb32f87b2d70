// Notices that are on their way, in the store: a restart, another process or a receiver that is away loses none.
import { z } from 'zod'
import type { Store } from '../store/store.ts'
import { fingerprint, parseJson } from '../store/stored-text.ts'
import type { Channel } from './channels.ts'
import { type Notice, noticeSchema } from './notice.ts'

const WAITING = 'notices'
const DAY_MS = 24 * 3600_000
/** For so long a change is not told again. */
const KNOWN_MS = 30 * DAY_MS
const WAITING_MS = 7 * DAY_MS
/** ms until the next try; after the last one it is given up. */
const AGAIN_MS = [10_000, 60_000, 300_000, 1_800_000, 7_200_000]
/** ms in which one process tries alone; longer than a try takes. */
const ALONE_MS = 30_000

const waitingSchema = z.object({
  notice: noticeSchema,
  channel: z.string(),
  tries: z.number(),
  /** ms since 1970. */
  nextAt: z.number(),
})
type Waiting = z.infer<typeof waitingSchema>

const fieldOf = ({ notice, channel }: Pick<Waiting, 'notice' | 'channel'>) =>
  `${channel} ${notice.id}`
const knownKey = (id: string) => `noticed:${id}`

export function createOutbox(
  store: Store,
  channels: readonly Channel[],
  event: (name: string, fields: object) => void,
) {
  async function write(waiting: Waiting): Promise<void> {
    const fields = { [fieldOf(waiting)]: JSON.stringify(waiting) }
    await store.step([{ hSet: WAITING, fields, ms: WAITING_MS }])
  }

  async function trySending(waiting: Waiting, now: number): Promise<void> {
    const field = fieldOf(waiting)
    const alone = `noticing:${fingerprint(`${field} ${waiting.tries}`)}`
    const expiration = { type: 'PX' as const, value: ALONE_MS }
    if ((await store.set(alone, '1', { expiration, condition: 'NX' })) === null) return
    const channel = channels.find(({ name }) => name === waiting.channel)
    const about = { notice: waiting.notice.id, channel: waiting.channel }
    try {
      await channel?.send(waiting.notice)
      event('notice.sent', about)
    } catch (error) {
      const again = AGAIN_MS[waiting.tries]
      // Words of others may repeat an address that is a secret: the kind of error has to do.
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'refused'
      event(again === undefined ? 'notice.lost' : 'notice.again', { ...about, code })
      if (again !== undefined)
        return write({ ...waiting, tries: waiting.tries + 1, nextAt: now + again })
    }
    await store.hDel(WAITING, field)
  }

  return {
    /** Whether people were told of something with an id that begins so is not known here; of this very one it is. */
    async isKnown(id: string): Promise<boolean> {
      return (await store.get(knownKey(id))) !== null
    },

    /** Puts it there for every channel, once: a second one of the same id is left out. */
    async add(notice: Notice, mark?: string): Promise<void> {
      for (const channel of channels)
        await write({ notice, channel: channel.name, tries: 0, nextAt: notice.at })
      const expiration = { type: 'PX' as const, value: KNOWN_MS }
      for (const key of [notice.id, ...(mark === undefined ? [] : [mark])])
        await store.set(knownKey(key), '1', { expiration })
    },

    /** Sends what is due by `now` (ms since 1970). Two processes send one notice once. */
    async sendDue(now: number, isClosing: () => boolean): Promise<void> {
      const all = Object.entries(await store.hGetAll(WAITING))
      for (const [field, text] of all) {
        if (isClosing()) return
        const { data } = waitingSchema.safeParse(parseJson(text))
        if (!data) await store.hDel(WAITING, field)
        else if (data.nextAt <= now) await trySending(data, now)
      }
    },
  }
}
