// The storage port: the handful of Redis commands this app uses, spelled as node-redis spells them.

/** Options of `set`, a subset of node-redis's `SetOptions`. */
export interface SetOptions {
  /** Time to live: whole seconds (EX) or milliseconds (PX), at least 1; KEEPTTL leaves it as it is. */
  expiration?: { type: 'EX' | 'PX'; value: number } | 'KEEPTTL'
  /** NX: only if the key is not there. XX: only if it is. */
  condition?: 'NX' | 'XX'
  /** Answer with the value that was there before, in place of 'OK'. */
  GET?: boolean
}

/** A member of a sorted set. */
export interface Scored {
  value: string
  score: number
}

/** A guarded change of one hash: made when every field of `expect` has that value, and then all of it at once. */
export interface HashUpdate {
  expect?: Record<string, string>
  set?: Record<string, string>
  /** Whole numbers added to whole numbers; a field that is not there counts as 0. */
  add?: Record<string, number>
}

/**
 * The commands of a step, and the reply of each. With `ms` the whole key ends so many milliseconds from now;
 * a `set` without `ms` has no end, the others leave the end as it is.
 */
interface StepCommands {
  get: [{ get: string }, string | null]
  /** 'OK'. With `nx` only an absent key is set; the reply is the value that was there, null when it was set. */
  set: [{ set: string; value: string; ms?: number; nx?: boolean }, string | null]
  /** How many of the keys were there. */
  del: [{ del: string | string[] }, number]
  getDel: [{ getDel: string }, string | null]
  /** The sum after adding `by` (1 when missing) to the whole number there, 0 when absent. */
  incr: [{ incr: string; by?: number; ms?: number }, number]
  /** 1 when the key is there, else 0. */
  expire: [{ expire: string; ms: number }, number]
  /** How many of the fields are new. */
  hSet: [{ hSet: string; fields: Record<string, string>; ms?: number }, number]
  hGetAll: [{ hGetAll: string }, Record<string, string>]
  hMGet: [{ hMGet: string; fields: string[] }, (string | null)[]]
  /** How many of the fields were there. */
  hDel: [{ hDel: string; fields: string | string[] }, number]
  /** As `incr`, for a field. */
  hIncr: [{ hIncr: string; field: string; by: number; ms?: number }, number]
  /** How long the list is now. */
  lPush: [{ lPush: string; value: string; ms?: number }, number]
  lRange: [{ lRange: string; start: number; stop: number }, string[]]
  lTrim: [{ lTrim: string; start: number; stop: number }, string]
}

/** A command as data, for example `{ get: 'key' }`. */
export type Command = StepCommands[keyof StepCommands][0]

type Reply<C> = {
  [N in keyof StepCommands]: C extends StepCommands[N][0] ? StepCommands[N][1] : never
}[keyof StepCommands]

/** The reply of each command, in their order. */
export type Replies<C extends readonly Command[]> = { -readonly [I in keyof C]: Reply<C[I]> }

/** A key, or a field of a hash, that must hold this value for a step to run; null: must be absent. */
export interface Guard {
  key: string
  field?: string
  is: string | null
}

/** What a guarded step came to: the replies, or what was found under each guard, in their order. */
export type StepResult<C extends readonly Command[]> =
  | { done: true; replies: Replies<C> }
  | { done: false; found: (string | null)[] }

/**
 * What the rest of the app knows of its store. node-redis's client is one; `embedded.ts` is the other.
 * Every command is atomic. With `seconds` the whole key ends then, in the same step. All reject with an Error when the store cannot answer; none is queued for later.
 */
export interface Store {
  /**
   * Runs the commands in their order as one: when one fails, none is done. One round trip; the keys must lie in one
   * slot of a cluster (the same `{owner}`). Types and numbers are checked against what lies there before the step.
   */
  step<const C extends readonly Command[]>(commands: C): Promise<Replies<C>>
  /** The same if every guard holds; otherwise nothing is done, and what was found comes back. */
  stepIf<const C extends readonly Command[]>(
    guards: readonly Guard[],
    commands: C,
  ): Promise<StepResult<C>>
  get(key: string): Promise<string | null>
  /** 'OK', or null when the condition did not hold; with GET the former value or null. */
  set(key: string, value: string, options?: SetOptions): Promise<string | null>
  /** Adds one to the whole number there (0 when missing) and gives the sum; the time to live stays. */
  incr(key: string, seconds?: number): Promise<number>
  getDel(key: string): Promise<string | null>
  /** How many of the keys were there. */
  del(keys: string | string[]): Promise<number>
  /** 1 when the key is there and now ends in `seconds`, else 0. */
  expire(key: string, seconds: number): Promise<number>
  lPush(key: string, value: string, seconds?: number): Promise<number>
  lRange(key: string, start: number, stop: number): Promise<string[]>
  lTrim(key: string, start: number, stop: number): Promise<string>
  hSet(key: string, field: string, value: string, seconds?: number): Promise<number>
  hGetAll(key: string): Promise<Record<string, string>>
  hDel(key: string, fields: string | string[]): Promise<number>
  /** How many members are new; the score of the others is replaced. */
  zAdd(key: string, members: Scored | Scored[]): Promise<number>
  /** The score of each member, null for one that is not there. */
  zmScore(key: string, members: string[]): Promise<(number | null)[]>
  /** The members with a score from `least` to `most`, both included, lowest first. */
  zRangeByScoreWithScores(key: string, least: number, most: number): Promise<Scored[]>
  /** The fields' values in their order, null where there is none. */
  hMGet(key: string, fields: string[]): Promise<(string | null)[]>
  /** 1 when the update was made, 0 when it was not as expected. A script on Redis, a transaction on the other. */
  hUpdate(key: string, update: HashUpdate): Promise<number>
  ping(): Promise<string>
  /** Deletes the key if its value is `expected`; 1 when it did. */
  compareAndDelete(key: string, expected: string): Promise<number>
  /** Replaces the value if it is `expected`, with a new time to live in ms; 1 when it did. */
  compareAndSet(key: string, expected: string, value: string, ttlMs: number): Promise<number>
  /** Sets `key`, and with it deletes `other` if that is `expected`: both or, when the value cannot be stored, neither. */
  setAndRelease(
    key: string,
    value: string,
    seconds: number,
    other: string,
    expected: string,
  ): Promise<number>
}

/** A store that was opened and has to be closed. */
export interface OpenStore extends Store {
  /** 'Redis at localhost:6379' or 'embedded, data/campaign-sync.sqlite': for the start lines. Never a password. */
  readonly description: string
  close(): Promise<void>
}
