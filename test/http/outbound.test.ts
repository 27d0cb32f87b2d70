// Calls to vendors: a total deadline for each, and a bounded memory of hosts.
import { createServer } from 'node:http'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createCallLimits, NotSent } from '../../src/http/call-limits.ts'
import { createHttp } from '../../src/http/client.ts'
import { createMetrics } from '../../src/metrics.ts'
import { listen } from '../support/app/listen.ts'

test('the deadline of a call counts its wait for a place, and who never had one has sent nothing', async () => {
  const silent = createServer(() => {})
  const port = await listen(silent)
  const http = createHttp(1)
  const ends: string[] = []
  const call = (name: string, timeoutMs: number) =>
    http
      .send({
        method: 'GET',
        url: `http://127.0.0.1:${port}/`,
        headers: {},
        timeoutMs,
        maxBytes: 10,
      })
      .catch(({ sent }) => ends.push(`${name} ${sent ? 'sent' : 'not sent'}`))
  await Promise.all([call('in the place', 1_500), call('waiting', 100)])
  expect(ends).toEqual(['waiting not sent', 'in the place sent'])
  await http.close()
  silent.closeAllConnections()
  silent.close()
})

test('of any number of grants the last ones have a connection that is kept', async () => {
  const sockets = new Set<string>()
  let open = 0
  const vendor = createServer((req, res) => void res.end(String(req.socket.remotePort)))
  vendor.on('connection', (socket) => {
    open += 1
    socket.once('close', () => (open -= 1))
  })
  const port = await listen(vendor)
  const http = createHttp(1)
  const ask = async (grant: number) => {
    const url = `http://127.0.0.1:${port}/`
    const call = { method: 'GET', url, headers: {}, timeoutMs: 5_000, maxBytes: 10 }
    const { body } = await http.of(String(grant)).send(call)
    const isNew = !sockets.has(body)
    sockets.add(body)
    return isNew
  }
  for (let grant = 0; grant < 300; grant++) expect(await ask(grant)).toBe(true)
  expect(await ask(299)).toBe(false)
  expect(await ask(0)).toBe(true)
  await vi.waitFor(() => expect(open).toBeLessThanOrEqual(256))
  await http.close()
  vendor.close()
})

test('of any number of hosts the last ones are remembered, and those somebody calls', async () => {
  const gates = createCallLimits(1)
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = gates.of('https://first.test')
  const call = first.through(() => promise, Date.now() + 1_000)
  for (let host = 0; host < 1_000; host++) gates.of(`https://${host}.test`)
  expect(gates.count()).toBe(256)
  expect(gates.of('https://first.test')).toBe(first)
  resolve()
  await call
})

test('while every place is taken a vendor that is left alone is tested all the same, by one call', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const limit = createCallLimits(1).of('https://down.test')
  const through = (call: () => Promise<string>) => limit.through(call, Date.now() + 60_000)
  const fail = () => through(() => Promise.reject(new Error('no answer')))
  for (let call = 1; call <= 20; call++) await expect(fail()).rejects.toThrow('no answer')
  await expect(fail()).rejects.toThrow(NotSent)
  vi.setSystemTime(Date.now() + 2_001)
  const { promise, reject } = Promise.withResolvers<string>()
  const silent = through(() => promise)
  vi.setSystemTime(Date.now() + 2_001)
  const next = through(async () => 'it is back')
  await expect(fail()).rejects.toThrow(NotSent)
  reject(new Error('no answer'))
  await expect(silent).rejects.toThrow('no answer')
  expect(await next).toBe('it is back')
})

test('metrics name the first hosts and count the others together', async () => {
  const metrics = createMetrics({ ping: async () => 'PONG' })
  for (let host = 0; host < 200; host++) metrics.vendorAnswered(`${host}.test`, '2xx')
  const text = await metrics.text()
  expect(text.match(/^campaign_sync_vendor_answers_total\{/gm)).toHaveLength(51)
  expect(text).toContain('campaign_sync_vendor_answers_total{host="other",class="2xx"} 150')
})
