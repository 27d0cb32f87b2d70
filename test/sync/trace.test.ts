// Spans of OpenTelemetry: one press, its authorization and its push are found by the intent, and hold no secret.
import { trace } from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sync } from '../support/scene/authorization.ts'
import { scenes } from '../support/scene/scene.ts'

const exporter = new InMemorySpanExporter()
beforeAll(() => {
  const spanProcessors = [new SimpleSpanProcessor(exporter)]
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }))
})
afterAll(() => trace.disable())

const { begin } = scenes('embedded')

test('a press without access has five spans with one intent, and how each ended', async () => {
  const { person, vendor } = await begin()
  await sync(person, 'C1')
  const spans = exporter.getFinishedSpans()
  const ends = spans.map(({ name, attributes }) => [name, attributes['campaign_sync.result']])
  expect(ends).toEqual([
    ['sync', 'authorize'],
    ['authorization.request', undefined],
    ['authorization.callback', undefined],
    ['push', 'ok'],
    ['sync', 'sent'],
  ])
  const intents = spans.map(
    ({ attributes }) => attributes['campaign_sync.intent'] ?? attributes['campaign_sync.key'],
  )
  expect(new Set(intents).size).toBe(1)
  expect(intents[0]).toMatch(/^[\w-]{32}$/)
  const text = JSON.stringify(spans.map(({ attributes }) => attributes))
  for (const secret of Object.values(vendor.values()).flat()) expect(text).not.toContain(secret)
})

test('what is thrown marks the span, by its class alone', async () => {
  exporter.reset()
  const { person, vendor } = await begin()
  vendor.script('token', [
    { status: 400, body: { error: 'invalid_grant', error_description: 'secret words' } },
  ])
  await sync(person, 'C1')
  const failed = exporter.getFinishedSpans().find(({ name }) => name === 'authorization.callback')
  expect(failed?.status).toEqual({ code: 2, message: expect.stringMatching(/Error$/) })
  expect(JSON.stringify(failed?.attributes)).not.toContain('secret words')
})
