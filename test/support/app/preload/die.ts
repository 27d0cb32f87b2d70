// Loaded before the app by a test (--import): dies at the n-th write of the embedded store after SIGUSR2, as of kill -9.
import { StatementSync } from 'node:sqlite'

const at = Number(process.env.DIE_AT_WRITE)
const run = StatementSync.prototype.run
let writes = 0
let armed = false

process.on('SIGUSR2', () => {
  armed = true
})

StatementSync.prototype.run = function (...values) {
  if (armed) writes += 1
  if (armed && writes === at) process.kill(process.pid, 'SIGKILL')
  return Reflect.apply(run, this, values)
}
