// The one worker of a process, and another in its stead: none is made after the end, and none is left behind at it.
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { type SupervisedWorker, superviseWorker } from '../../src/runs/recovering-worker.ts'

beforeEach(() => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
})

/** A worker that is stuck, and another for each time one is asked for; each closes when it is told to. */
function stuckWorkers() {
  const closings: PromiseWithResolvers<void>[] = []
  const createWorker = vi.fn((): SupervisedWorker => {
    const closing = Promise.withResolvers<void>()
    closings.push(closing)
    return {
      isStuck: () => closings.length === 1,
      resetErrors: () => {},
      close: () => closing.promise,
    }
  })
  return { createWorker, closings }
}

test('closed while it asks whether Redis is there, it makes no other worker', async () => {
  const { createWorker, closings } = stuckWorkers()
  const isPaused = Promise.withResolvers<boolean>()
  const queue = { isPaused: vi.fn(() => isPaused.promise) }
  const log = vi.fn()
  const worker = superviseWorker(createWorker, queue, log)
  await vi.advanceTimersByTimeAsync(500)
  expect(queue.isPaused).toHaveBeenCalledOnce()
  const closed = worker.close()
  isPaused.resolve(false)
  closings[0]?.resolve()
  await closed
  await vi.advanceTimersByTimeAsync(500)
  expect(createWorker).toHaveBeenCalledOnce()
  expect(log).not.toHaveBeenCalled()
})

test('its end waits for what a worker that was replaced still has in hand', async () => {
  const { createWorker, closings } = stuckWorkers()
  const worker = superviseWorker(createWorker, { isPaused: async () => false }, () => {})
  await vi.advanceTimersByTimeAsync(500)
  expect(createWorker).toHaveBeenCalledTimes(2)
  const ended = vi.fn()
  const closed = worker.close().then(ended)
  closings[1]?.resolve()
  await vi.advanceTimersByTimeAsync(0)
  expect(ended).not.toHaveBeenCalled()
  closings[0]?.resolve()
  await closed
})
