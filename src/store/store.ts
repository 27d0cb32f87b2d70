// The storage port: commands as data that run one by one or as one step, and methods for the single ones.

export interface Scored {
  value: string
  score: number
}

/** The commands and their replies. `ms`: the whole key expires so much later. Only `set` without it ends an expiry. */
export interface Commands {
  get: [{ get: string }, string | null]
  /** 'OK'. With `nx`: null, or the value that was there and stays. `keepTtl` leaves the expiry. */
  set: [{ set: string; value: string; ms?: number; nx?: boolean; keepTtl?: boolean }, string | null]
  del: [{ del: string | string[] }, number]
  getDel: [{ getDel: string }, string | null]
  /** The sum of `by` (1 when missing) and the whole number stored, which is 0 when absent. */
  incr: [{ incr: string; by?: number; ms?: number }, number]
  /** 1, or 0 without the key. It is deleted when `ms` is not positive. */
  expire: [{ expire: string; ms: number }, number]
  hSet: [{ hSet: string; fields: Record<string, string>; ms?: number }, number]
  hGetAll: [{ hGetAll: string }, Record<string, string>]
  hMGet: [{ hMGet: string; fields: string[] }, (string | null)[]]
  hDel: [{ hDel: string; fields: string | string[] }, number]
  hIncr: [{ hIncr: string; field: string; by: number; ms?: number }, number]
  lPush: [{ lPush: string; value: string; ms?: number }, number]
  /** Both ends are included, and negative ones count from the end. */
  lRange: [{ lRange: string; start: number; stop: number }, string[]]
  lTrim: [{ lTrim: string; start: number; stop: number }, string]
  /** How many are new; the score of the others is replaced. */
  zAdd: [{ zAdd: string; members: Scored | Scored[] }, number]
  zmScore: [{ zmScore: string; members: string[] }, (number | null)[]]
  /** `least` and `most` are included; lowest first. */
  zRangeByScoreWithScores: [
    { zRangeByScoreWithScores: string; least: number; most: number },
    Scored[],
  ]
}

export type Command = CommandOf<keyof Commands>
export type CommandOf<Name extends keyof Commands> = Commands[Name][0]

export type Reply<C> = {
  [Name in keyof Commands]: C extends CommandOf<Name> ? Commands[Name][1] : never
}[keyof Commands]

export type Replies<C extends readonly Command[]> = { -readonly [I in keyof C]: Reply<C[I]> }

/** A key, or a field of a hash, that must hold this value for a step to run; null: it must be absent. */
export interface Guard {
  key: string
  field?: string
  is: string | null
}

/** The replies, or what was found under each guard, in their order. */
type StepResult<C extends readonly Command[]> =
  | { done: true; replies: Replies<C> }
  | { done: false; found: (string | null)[] }

export interface SetOptions {
  /** Time to live: whole seconds (EX) or milliseconds (PX), at least 1; KEEPTTL leaves it as it is. */
  expiration?: { type: 'EX' | 'PX'; value: number } | 'KEEPTTL'
  condition?: 'NX'
  GET?: boolean
}

/** Every method is atomic, and rejects when the store cannot do it. */
export interface Store {
  /** Keys lie on several servers: a step then has keys of one hash slot only. */
  readonly isSpread: boolean
  /** All or none, in one round trip. The keys lie in one hash slot of a cluster (the same `{owner}`). */
  step<const C extends readonly Command[]>(commands: C): Promise<Replies<C>>
  /** Nothing is done unless every guard holds. */
  stepIf<const C extends readonly Command[]>(
    guards: readonly Guard[],
    commands: C,
  ): Promise<StepResult<C>>
  /** Any keys, in one round trip; on a cluster each runs by itself, and some may be done when another fails. */
  batch<const C extends readonly Command[]>(commands: C): Promise<Replies<C>>
  ping(): Promise<string>

  // The methods below are a command each, with its reply as above.
  get(key: string): Promise<string | null>
  /** 'OK', or null when there was a value already; with GET that value, or null. */
  set(key: string, value: string, options?: SetOptions): Promise<string | null>
  incr(key: string, seconds?: number): Promise<number>
  getDel(key: string): Promise<string | null>
  /** On a cluster the keys may lie anywhere; then they are not deleted as one. */
  del(keys: string | string[]): Promise<number>
  expire(key: string, seconds: number): Promise<number>
  lPush(key: string, value: string, seconds?: number): Promise<number>
  lRange(key: string, start: number, stop: number): Promise<string[]>
  lTrim(key: string, start: number, stop: number): Promise<string>
  hSet(key: string, field: string, value: string, seconds?: number): Promise<number>
  hGetAll(key: string): Promise<Record<string, string>>
  hMGet(key: string, fields: string[]): Promise<(string | null)[]>
  hDel(key: string, fields: string | string[]): Promise<number>
  zAdd(key: string, members: Scored | Scored[]): Promise<number>
  zmScore(key: string, members: string[]): Promise<(number | null)[]>
  zRangeByScoreWithScores(key: string, least: number, most: number): Promise<Scored[]>
}

export interface OpenStore extends Store {
  readonly description: string
  close(): Promise<void>
}
