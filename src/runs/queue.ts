// What a queue of runs is: the shapes that the one in this process and the one on Redis share.

/** ms after which a run whose execution failed is tried again, and so is adding one to a queue that was away. */
export const AGAIN_MS = 2_000

/** `handed back`: the process stops and somebody else has to go on. `over`: nothing to do until a person says so. */
export type RunOutcome = 'over' | 'handed back'

/** Executes one run as far as it goes; `signal`: the process ends. Rejects when it has to be tried again. */
export type RunWork = (run: string, signal: AbortSignal) => Promise<RunOutcome>

export interface RunQueue {
  /** Has some process execute the run; twice for one attempt is once. While the queue is away it tries again. */
  enqueue(run: string, attempt: number): Promise<void>
  /** Begins nothing more, hands back what is under way, and waits for it. */
  close(): Promise<void>
}

/** ms after which a silent process's run is free, and between checks for one. */
export interface QueueTiming {
  lockMs: number
  checkEveryMs: number
}

export type LogEvent = (event: string, fields: object) => void
