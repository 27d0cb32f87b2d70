// Reads where people are told when they are not looking. Faults name a setting and never its value.
import type { NoticeSettings } from '../notices/channels.ts'

interface Given {
  NOTIFY_WEBHOOK_URL?: string | undefined
  NOTIFY_WEBHOOK_SECRET?: string | undefined
  NOTIFY_SLACK_URL?: string | undefined
  NOTIFY_SMTP_URL?: string | undefined
  NOTIFY_MAIL_FROM?: string | undefined
  NOTIFY_MAIL_TO?: string | undefined
}

const SECRET_LENGTH = 16
const HERE = ['localhost', '127.0.0.1', '[::1]']

/** Undefined when nobody is to be told. */
export function readNotices(given: Given, faults: string[]): NoticeSettings | undefined {
  const webhook = readWebhook(given, faults)
  const slackUrl = readAddress('NOTIFY_SLACK_URL', given.NOTIFY_SLACK_URL, faults)
  const mail = readMail(given, faults)
  return webhook || slackUrl !== undefined || mail ? { webhook, slackUrl, mail } : undefined
}

function readWebhook(given: Given, faults: string[]): NoticeSettings['webhook'] {
  const { NOTIFY_WEBHOOK_SECRET: secret } = given
  const url = readAddress('NOTIFY_WEBHOOK_URL', given.NOTIFY_WEBHOOK_URL, faults)
  if (url === undefined) return undefined
  if (secret !== undefined && secret.length >= SECRET_LENGTH) return { url, secret }
  faults.push(`NOTIFY_WEBHOOK_SECRET must have at least ${SECRET_LENGTH} characters: it signs`)
  return undefined
}

function readAddress(name: string, text: string | undefined, faults: string[]) {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && HERE.includes(url.hostname)))
    return url.href
  faults.push(`${name} must be an https address (http only on this machine)`)
  return undefined
}

function readMail(given: Given, faults: string[]): NoticeSettings['mail'] {
  const { NOTIFY_SMTP_URL: server, NOTIFY_MAIL_FROM: from, NOTIFY_MAIL_TO: to } = given
  if (server === undefined) return undefined
  if (!/^smtps?:$/.test(URL.parse(server)?.protocol ?? ''))
    faults.push('NOTIFY_SMTP_URL must be like smtp://user:password@host:587, or smtps://')
  if (from === undefined) faults.push('NOTIFY_MAIL_FROM is not set: mail needs it')
  if (to === undefined) faults.push('NOTIFY_MAIL_TO is not set: mail needs it')
  return from === undefined || to === undefined ? undefined : { server, from, to }
}
