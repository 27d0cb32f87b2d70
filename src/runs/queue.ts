// What a queue of runs is: the shapes that the one in this process and the one on Redis share.

/** `handed back`: the process stops and somebody else has to go on. `over`: nothing to do until a person says so. */
export type RunOutcome = 'over' | 'handed back'

/** Executes one run as far as it goes; `signal`: the process ends. Rejects when it has to be tried again. */
export type RunWork = (run: string, signal: AbortSignal) => Promise<RunOutcome>

export interface RunQueue {
  /**
   * Has the run executed, by whichever process. Twice for the same attempt is once. While the queue is away it is
   * tried again in the background; should this process end first, the run shows as interrupted.
   */
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
