// Spans of OpenTelemetry for press, authorization and push. Unless whoever starts the process registers an SDK they go nowhere.
import {
  type Attributes,
  ProxyTracerProvider,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'

/** What a span is about; `intent` is what the spans of one press have in common, over several requests. */
interface About {
  vendor: string
  /** Of a campaign, or the subject of an authorization. */
  subject: string
  intent?: string | undefined
  /** Idempotency-Key of a push. */
  key?: string | undefined
}

const NAME = 'campaign-sync'
const tracer = trace.getTracer(NAME)

/**
 * Runs within a span; `endOf` names how it ended. An error marks the span by its class alone: its message may hold what
 * a vendor said.
 */
export function traced<T>(
  name: 'sync' | 'push' | 'authorization.request' | 'authorization.callback',
  about: About,
  run: () => Promise<T>,
  endOf?: (result: T) => string | undefined,
): Promise<T> {
  if (!isTracing()) return run()
  return tracer.startActiveSpan(name, { attributes: attributesOf(about) }, async (span) => {
    try {
      const result = await run()
      const end = endOf?.(result)
      if (end !== undefined) span.setAttribute('campaign_sync.result', end)
      return result
    } catch (error) {
      fail(span, error)
      throw error
    } finally {
      span.end()
    }
  })
}

/** Whether an SDK has been registered: without one the spans that go nowhere would be a hundredth of a sync. */
function isTracing(): boolean {
  const provider = trace.getTracerProvider()
  return (
    !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(NAME) !== undefined
  )
}

function attributesOf({ vendor, subject, intent, key }: About): Attributes {
  return {
    'campaign_sync.vendor': vendor,
    'campaign_sync.subject': subject,
    ...(intent !== undefined && { 'campaign_sync.intent': intent }),
    ...(key !== undefined && { 'campaign_sync.key': key }),
  }
}

function fail(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.name : typeof error
  span.setStatus({ code: SpanStatusCode.ERROR, message })
}
