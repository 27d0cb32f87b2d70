// Where notices go: a signed webhook, a Slack-compatible webhook, mail. Each sends one notice, or throws.
import { createHmac } from 'node:crypto'
import { createTransport } from 'nodemailer'
import type { Http } from '../http/client.ts'
import type { Notice } from './notice.ts'

/** Undefined for a channel that is not set. The addresses of both webhooks and of the mail server are secrets too. */
export interface NoticeSettings {
  webhook: { url: string; secret: string } | undefined
  slackUrl: string | undefined
  mail: { server: string; from: string; to: string } | undefined
}

export interface Channel {
  name: 'webhook' | 'slack' | 'mail'
  /** @throws Error when it was not taken */
  send(notice: Notice): Promise<void>
}

const TIMEOUT_MS = 10_000
const RESPONSE_BYTES = 64 * 1024

export function createChannels(http: Http, settings: NoticeSettings): Channel[] {
  const { webhook, slackUrl, mail } = settings
  return [
    ...(webhook ? [webhookChannel(http, webhook)] : []),
    ...(slackUrl === undefined ? [] : [slackChannel(http, slackUrl)]),
    ...(mail ? [mailChannel(mail)] : []),
  ]
}

/** As Standard Webhooks signs (standardwebhooks.com): id, time and body, so that an old or a changed one is seen. */
function webhookChannel(http: Http, { url, secret }: { url: string; secret: string }): Channel {
  return {
    name: 'webhook',
    async send(notice) {
      const body = JSON.stringify({ ...notice, at: new Date(notice.at).toISOString() })
      const seconds = String(Math.floor(Date.now() / 1000))
      await post(http, url, body, {
        'webhook-id': notice.id,
        'webhook-timestamp': seconds,
        'webhook-signature': `v1,${signatureOf(secret, `${notice.id}.${seconds}.${body}`)}`,
      })
    },
  }
}

/** A secret that begins with `whsec_` is base64, any other is taken as it is. */
function signatureOf(secret: string, signed: string): string {
  const encoded = /^whsec_(.+)$/.exec(secret)?.[1]
  const key = encoded === undefined ? Buffer.from(secret) : Buffer.from(encoded, 'base64')
  return createHmac('sha256', key).update(signed).digest('base64')
}

function slackChannel(http: Http, url: string): Channel {
  const escaped = (text: string) =>
    text.replace(/[&<>]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[one] ?? one)
  return {
    name: 'slack',
    async send({ subject, text, url: page }) {
      const line = `*${escaped(oneLine(subject))}*\n${escaped(text)}\n<${page}|Open it>`
      await post(http, url, JSON.stringify({ text: line }), {})
    },
  }
}

async function post(
  http: Http,
  url: string,
  body: string,
  headers: Record<string, string>,
): Promise<void> {
  const { status } = await http.send({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    body,
    timeoutMs: TIMEOUT_MS,
    maxBytes: RESPONSE_BYTES,
  })
  if (status < 200 || status > 299) throw new Error(`status ${status}`)
}

/** In TLS, but on this machine. */
function mailChannel({ server, from, to }: NonNullable<NoticeSettings['mail']>): Channel {
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(new URL(server).hostname)
  const transport = createTransport({
    url: server,
    requireTLS: !isHere,
    ignoreTLS: isHere && server.startsWith('smtp:'),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    name: 'mail',
    async send({ id, subject, text, url }) {
      await transport.sendMail({
        from,
        to,
        subject: oneLine(subject),
        text: `${text}\n\n${url}\n`,
        headers: { 'X-Notice-Id': id, 'Auto-Submitted': 'auto-generated' },
      })
    },
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, 200)
}
