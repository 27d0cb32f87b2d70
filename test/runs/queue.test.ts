// A queue that is opened later: once, with its first run at the latest, and never after it was closed.
import { expect, test, vi } from 'vitest'
import { openedLater, type RunQueue } from '../../src/runs/queue.ts'

const NEVER_MS = 2 ** 31 - 1
const ignore = () => {}

function countedQueue() {
  const queue: RunQueue = { enqueue: vi.fn(async () => {}), close: vi.fn(async () => {}) }
  return { queue, open: vi.fn(async () => queue) }
}

test('two runs at once open it once, and both are in it', async () => {
  const { queue, open } = countedQueue()
  const later = openedLater(open, NEVER_MS, ignore)
  await Promise.all([later.enqueue('a', 1), later.enqueue('b', 1)])
  await later.close()
  expect(open).toHaveBeenCalledOnce()
  expect(vi.mocked(queue.enqueue).mock.calls).toEqual([
    ['a', 1],
    ['b', 1],
  ])
  expect(queue.close).toHaveBeenCalledOnce()
})

test('without a run it opens by itself, for it takes part in the work of others', async () => {
  const { queue, open } = countedQueue()
  const later = openedLater(open, 0, ignore)
  await vi.waitFor(() => expect(open).toHaveBeenCalledOnce())
  await later.close()
  expect(queue.close).toHaveBeenCalledOnce()
})

test('one that could not open by itself is told, and opens with the next run', async () => {
  const { queue, open } = countedQueue()
  open.mockRejectedValueOnce(new Error('no library'))
  const log = vi.fn()
  const later = openedLater(open, 0, log)
  await vi.waitFor(() => expect(log).toHaveBeenCalledWith('queue.error', { message: 'no library' }))
  await later.enqueue('a', 1)
  expect(queue.enqueue).toHaveBeenCalledExactlyOnceWith('a', 1)
  await later.close()
  expect(queue.close).toHaveBeenCalledOnce()
})

test('closed before it was opened, it stays so', async () => {
  const { queue, open } = countedQueue()
  const later = openedLater(open, NEVER_MS, ignore)
  await later.close()
  await later.enqueue('a', 1)
  expect(open).not.toHaveBeenCalled()
  expect(queue.enqueue).not.toHaveBeenCalled()
})
