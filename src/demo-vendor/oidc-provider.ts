// The library oidc-provider: loaded here only, and its storage on Acme's SQLite file.
import type { DatabaseSync } from 'node:sqlite'
import type { AdapterFactory, AdapterPayload } from 'oidc-provider'
import { z } from 'zod'

// It calls every Node that is not yet marked LTS "unsupported", at import and with no setting to turn that off.
const { warn } = console
console.warn = (...words: unknown[]) => {
  if (!String(words[0]).includes('Unsupported runtime')) warn(...words)
}
const library = await import('oidc-provider')
console.warn = warn

export const Provider = library.default
export type Provider = InstanceType<typeof Provider>
/** The library's errors: thrown inside it, they become standard OAuth error responses. */
export const errors = library.errors

const payloadRow = z.object({ payload: z.string() })

function payloadOf(row: unknown): AdapterPayload | undefined {
  if (row === undefined) return undefined
  const payload: AdapterPayload = JSON.parse(payloadRow.parse(row).payload) // what upsert wrote
  return payload
}

/** Gives oidc-provider a store for each of its models; the library checks expiry. */
export function createAdapter(db: DatabaseSync): AdapterFactory {
  const upsert = db.prepare(
    'INSERT OR REPLACE INTO oauth (model, id, payload, expires_at) VALUES (?, ?, ?, ?)',
  )
  const find = db.prepare('SELECT payload FROM oauth WHERE model = ? AND id = ?')
  const findByUid = db.prepare('SELECT payload FROM oauth WHERE model = ? AND uid = ?')
  const destroy = db.prepare('DELETE FROM oauth WHERE model = ? AND id = ?')
  const destroyGrant = db.prepare('DELETE FROM oauth WHERE model = ? AND grant_id = ?')
  const consume = db.prepare(`UPDATE oauth SET payload = json_set(payload, '$.consumed', ?)
    WHERE model = ? AND id = ? AND payload ->> 'consumed' IS NULL`)

  return (model) => ({
    async upsert(id, payload, expiresIn) {
      const expiresAt = expiresIn === undefined ? null : Date.now() + expiresIn * 1000
      upsert.run(model, id, JSON.stringify(payload), expiresAt)
    },
    find: async (id) => payloadOf(find.get(model, id)),
    findByUid: async (uid) => payloadOf(findByUid.get(model, uid)),
    findByUserCode: async () => undefined,
    async consume(id) {
      // Of two exchanges of one code at once, only the first may mark it: the library checks before it marks.
      const { changes } = consume.run(Math.floor(Date.now() / 1000), model, id)
      if (changes === 0) throw new errors.InvalidGrant('authorization code already consumed')
    },
    async destroy(id) {
      destroy.run(model, id)
    },
    async revokeByGrantId(grantId) {
      destroyGrant.run(model, grantId)
    },
  })
}

/** Forgets every access token and every code not yet exchanged, whoever holds them. */
export function forgetTokens(db: DatabaseSync): void {
  db.exec(`DELETE FROM oauth WHERE model IN ('AccessToken', 'AuthorizationCode')`)
}
