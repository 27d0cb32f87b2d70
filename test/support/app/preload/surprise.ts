// Loaded before the app by a test (--import): on SIGUSR2 does what SURPRISE says, in the middle of whatever runs.

/** 'throw', 'reject', or 'clock:<ms>'. */
const wanted = process.env.SURPRISE ?? ''

process.on('SIGUSR2', () => {
  if (wanted === 'throw') setImmediate(() => thrown())
  if (wanted === 'reject') void Promise.reject(new Error('injected'))
  if (wanted.startsWith('clock')) shiftClock(Number(wanted.split(':')[1]))
})

function thrown(): never {
  throw new Error('injected')
}

/** Date is `ms` later from now on; time that was measured since the start of the process goes on as it was. */
function shiftClock(ms: number): void {
  const now = Date.now.bind(Date)
  Date.now = () => now() + ms
}
