// Entry. Node keeps what it has compiled, so that the next start takes half the time; start.ts is the start itself.
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Beside the libraries: who may write there may change them too. Where nobody may, nothing is kept.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled'))
await import('./start.ts')
