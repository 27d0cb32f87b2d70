// The storage port: commands as data that run one by one or as one step, and methods for the single ones.
import type { Command, Replies, Scored } from './commands.ts'

/** A key, or a field of a hash, that must hold this value for a step to run; null: it must be absent. */
export interface Guard {
  key: string
  field?: string
  is: string | null
}

/** Of a guarded step: the replies, or what was found under each guard, in their order. */
export type StepResult<C extends readonly Command[]> =
  | { done: true; replies: Replies<C> }
  | { done: false; found: (string | null)[] }

export interface SetOptions {
  /** Time to live: whole seconds (EX) or milliseconds (PX), at least 1; KEEPTTL leaves it as it is. */
  expiration?: { type: 'EX' | 'PX'; value: number } | 'KEEPTTL'
  condition?: 'NX'
  GET?: boolean
}

/** Every method is atomic, and rejects when the store cannot do it. With `seconds` the whole key expires then. */
export interface Store {
  /**
   * Runs the commands in their order as one: when one fails, none is done. One round trip. The keys must lie in one
   * hash slot of a cluster (the same `{owner}`). Types and numbers are checked against what is stored before the step.
   */
  step<const C extends readonly Command[]>(commands: C): Promise<Replies<C>>
  /** The same if every guard holds; otherwise nothing is done, and what was found is returned. */
  stepIf<const C extends readonly Command[]>(
    guards: readonly Guard[],
    commands: C,
  ): Promise<StepResult<C>>
  /**
   * Runs commands about any keys, in one round trip. Where all keys lie together they run as one; on a cluster each
   * runs by itself, and when one fails the others may have been done.
   */
  batch<const C extends readonly Command[]>(commands: C): Promise<Replies<C>>
  ping(): Promise<string>

  // The methods below are a command each, with its reply as in commands.ts.
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
  /** 'Redis at localhost:6379' or 'embedded, data/campaign-sync.sqlite': for the start lines. Never a password. */
  readonly description: string
  close(): Promise<void>
}
