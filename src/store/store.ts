// The storage port: commands as data that run one by one or as one step, and methods for the single ones.
import type { Command, Replies, Scored } from './commands.ts'

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
  /** For the start lines. Never a password. */
  readonly description: string
  close(): Promise<void>
}
