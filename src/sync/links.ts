// The links: which object at a vendor is which campaign, for each vendor account, kept without an end.
import { z } from 'zod'
import type { Store } from '../store/store.ts'
import { parseJson } from '../store/stored-text.ts'
import type { Known } from '../vendors/operations.ts'

const linkSchema = z.object({
  values: z.record(z.string(), z.string()),
  steps: z.number().int().min(0),
  /** ms since 1970. */
  at: z.number(),
})

/** One campaign at one vendor, as one vendor account sees it: other accounts have other objects. */
export interface LinkKey {
  vendor: string
  /** The vendor's id of the account that approved; undefined where the vendor does not say. */
  account: string | undefined
  campaign: string
}

export type Links = ReturnType<typeof createLinks>

/** One hash a vendor, `links:<vendor>`. Links outlive tokens, sessions and the sync log. */
export function createLinks(store: Store) {
  const keyOf = (vendor: string) => `links:${vendor}`
  const fieldOf = ({ campaign, account = '' }: LinkKey) => `${campaign} ${account}`

  return {
    async read(link: LinkKey): Promise<Known | undefined> {
      const [text = null] = await store.hMGet(keyOf(link.vendor), [fieldOf(link)])
      return linkSchema.safeParse(parseJson(text)).data
    },

    async write(link: LinkKey, { values, steps }: Known): Promise<void> {
      const text = JSON.stringify({ values, steps, at: Date.now() })
      await store.hSet(keyOf(link.vendor), fieldOf(link), text)
    },
  }
}
