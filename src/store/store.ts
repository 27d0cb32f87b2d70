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
 * What the rest of the app knows of its store. node-redis's client is one; `embedded.ts` is the other.
 * Every command is atomic. With `seconds` the whole key ends then, in the same step. All reject with an Error when the store cannot answer; none is queued for later.
 */
export interface Store {
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
