// The control panel's settings: how long access lasts, failures on demand, and the authorization server's among them.
import type { DatabaseSync } from 'node:sqlite'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { readSetting, writeSetting } from './database.ts'

/** How a push can be refused. 'drop' ends the connection before applying it, 'drop-applied' after. */
export const REFUSALS = ['401', '403', '422', '429', '500', 'drop', 'drop-applied'] as const
export type Refusal = (typeof REFUSALS)[number]
/** How a token request can fail: Acme is broken, it does not know the app's secret, or the code is too old. */
export const TOKEN_FAILURES = ['500', 'invalid_client', 'invalid_grant'] as const
/** Errors an authorization request can end with (RFC 6749 §4.1.2.1). */
export const AUTHORIZE_FAILURES = [
  'temporarily_unavailable',
  'invalid_scope',
  'unauthorized_client',
] as const

const state = z.object({
  configuredSeconds: z.number(),
  tokenSeconds: z.number(),
  refuse: z.object({ kind: z.enum(REFUSALS).nullable(), left: z.number() }),
  tokenFailures: z.number(),
  tokenFailure: z.enum(TOKEN_FAILURES).default('500'),
  authorizeFailure: z.enum(AUTHORIZE_FAILURES).nullable().default(null),
  slowMs: z.number(),
})
export type Controls = ReturnType<typeof createControls>

/** A lifetime chosen on the panel lives as long as `configuredSeconds`, that of the start, stays the same. */
export function createControls(db: DatabaseSync, configuredSeconds: number) {
  const kept = state.safeParse(readSetting(db, 'controls'))
  const now: z.infer<typeof state> = kept.data ?? {
    configuredSeconds,
    tokenSeconds: configuredSeconds,
    refuse: { kind: null, left: 0 },
    tokenFailures: 0,
    tokenFailure: '500',
    authorizeFailure: null,
    slowMs: 0,
  }
  if (now.configuredSeconds !== configuredSeconds) now.tokenSeconds = configuredSeconds

  function set(change: Partial<z.infer<typeof state>>): void {
    Object.assign(now, change, { configuredSeconds })
    writeSetting(db, 'controls', now)
  }

  return {
    set,
    read: (): Readonly<z.infer<typeof state>> => now,
    /** Arranges that the next `left` pushes are refused; 0 takes back what is still queued. */
    refuseNext(kind: Refusal, left: number): void {
      set({ refuse: left > 0 ? { kind, left } : { kind: null, left: 0 } })
    },
    takeRefusal(): Refusal | null {
      const { kind, left } = now.refuse
      if (kind !== null)
        set({ refuse: left > 1 ? { kind, left: left - 1 } : { kind: null, left: 0 } })
      return kind
    },
    takeTokenFailure(): (typeof TOKEN_FAILURES)[number] | null {
      if (now.tokenFailures === 0) return null
      set({ tokenFailures: now.tokenFailures - 1 })
      return now.tokenFailure
    },
    takeAuthorizeFailure(): (typeof AUTHORIZE_FAILURES)[number] | null {
      const error = now.authorizeFailure
      if (error !== null) set({ authorizeFailure: null })
      return error
    },
  }
}

type Settings = { publicUrl: string; redirectUris: string[] }

/** Fails a token request as the panel says, with an error of RFC 6749 §5.2. */
export function failTokens(controls: Controls): RequestHandler {
  return (_req, res, next) => {
    const failure = controls.takeTokenFailure()
    if (failure === null) return next()
    if (failure === '500')
      return res
        .status(500)
        .json({ error: 'server_error', error_description: 'Something broke at Acme Ads.' })
    const description = 'The panel asked for it.'
    res
      .status(failure === 'invalid_client' ? 401 : 400)
      .json({ error: failure, error_description: description })
  }
}

/** Authorizations: the person is sent straight back with an error. Only to an address of the app. */
export function failAuthorizations(
  controls: Controls,
  { publicUrl, redirectUris }: Settings,
): RequestHandler {
  return (req, res, next) => {
    const { redirect_uri: uri, state } = req.query
    if (typeof uri !== 'string' || typeof state !== 'string' || !redirectUris.includes(uri))
      return next()
    const error = controls.takeAuthorizeFailure()
    if (error === null) return next()
    res.redirect(303, `${uri}?${new URLSearchParams({ error, state, iss: publicUrl })}`)
  }
}
