// Certificates of nobody's, made by openssl, and a server that speaks TLS with one.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { listen } from './listen.ts'

/** Makes a self-signed certificate for `host` in `folder`: `<name>.pem` and `<name>.key`. */
export function makeCertificate(folder: string, name: string, host = 'localhost', expired = false) {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const whose = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
  openssl('req', '-x509', ...kind, '-keyout', key, '-out', cert, '-days', '2', ...whose)
  if (expired) openssl('x509', '-in', cert, '-signkey', key, '-days', '0', '-out', cert)
  return { key: readFileSync(key), cert: readFileSync(cert) }
}

const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })

/** The Redis at `port`, in TLS with a certificate whose CA is the file `ca`. */
export async function inTls(port: number) {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'))
  const server = createServer(makeCertificate(folder, 'redis'), (socket) => {
    const upstream = connect(port, '127.0.0.1')
    for (const one of [socket, upstream]) one.on('error', () => socket.destroy())
    socket.pipe(upstream).pipe(socket)
  })
  const own = await listen(server)
  return {
    url: `rediss://localhost:${own}`,
    ca: join(folder, 'redis.pem'),
    close() {
      server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
