// Checks a vendor file and its server without a person. The secret is sent to the file's own token endpoint only.
import { createHttp, type Http } from '../http/client.ts'
import { authorizationUrl, createStateAndVerifier, redirectUri } from '../oauth/authorize.ts'
import { CAMPAIGN_FIELDS, unknownCampaignFields } from '../vendors/campaign-fields.ts'
import { classify } from '../vendors/classify-response.ts'
import {
  environmentPrefix,
  type Lookup,
  loadVendor,
  readVendorFile,
  settingOf,
} from '../vendors/load.ts'
import { readResponse } from '../vendors/match.ts'
import { withoutResponse } from '../vendors/push.ts'
import { operationRequest } from '../vendors/request.ts'
import { fill } from '../vendors/template.ts'
import { questionsOf } from '../vendors/values.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { metadataOf, pkceLine } from './metadata.ts'
import { type Finding, reach, tryApi, tryCode } from './probe.ts'
import { MASK, pushLine, tokenLine } from './show.ts'

const TIMEOUT_MS = 10_000
const DAY_MS = 86_400_000

type Say = (line: string) => void

/** Checks one file and says what it finds, a line each. True when nothing is wrong. */
export async function checkVendor(
  file: string,
  lookup: Lookup,
  publicUrl: string,
  say: Say,
): Promise<boolean> {
  const read = readVendorFile(file)
  if (!read.vendor) {
    for (const fault of read.faults) say(`✗ ${fault}`)
    return false
  }
  say(`✓ ${read.vendor.name}: the file is well formed`)
  for (const field of unknownCampaignFields(read.vendor))
    say(
      `! "\${campaign.${field}}" is not a field that every campaign has; those are: ${CAMPAIGN_FIELDS.join(' ')}`,
    )
  const unset = new Set<string>()
  const prefix = environmentPrefix(read.vendor.id)
  const standIn = (name: string) => {
    unset.add(name)
    return name.slice(prefix.length).toLowerCase().replaceAll('_', '-')
  }
  const { vendor, faults } = loadVendor(file, lookup, standIn, read)
  for (const fault of faults ?? []) say(`✗ ${fault}`)
  for (const name of unset) say(`! ${name} is not set: a stand-in is used here`)
  if (!vendor) return false
  const asked = questionsOf(vendor)
  if (asked.length > 0) {
    say(`→ register this redirect URI at ${vendor.name}: ${redirectUri(publicUrl, vendor)}`)
    for (const { name } of asked)
      say(
        `! \${${name}} is asked of people: set ${settingOf(vendor, name.slice('vars.'.length))} to have its addresses tried`,
      )
    return true
  }
  if (vendor.client.auth === 'key') say('✓ people bring an API key; there is nothing to register')
  const http = createHttp(2)
  try {
    const isKey = vendor.client.auth === 'key'
    const grants = isKey || (await walk(http, vendor, publicUrl, unset.size > 0, say))
    const isThere = await walkApi(http, vendor, say)
    const isAccepted = await walkJudge(http, vendor, lookup(`${prefix}ACCESS_TOKEN`), say)
    return isThere && isAccepted && grants
  } finally {
    await http.close()
  }
}

async function walk(
  http: Http,
  vendor: Vendor,
  publicUrl: string,
  guessing: boolean,
  say: Say,
): Promise<boolean> {
  const callbackUrl = redirectUri(publicUrl, vendor)
  say(`→ register this redirect URI at ${vendor.name}: ${callbackUrl}`)
  const secrets = createStateAndVerifier()
  const url = authorizationUrl(vendor, secrets, callbackUrl)
  say(`→ people are sent to ${url.replaceAll(secrets.state, MASK)}`)
  say(await tokenLine(vendor, callbackUrl))
  say(pushLine(vendor))
  const metadata = await metadataOf(http, vendor)
  if (metadata) say(pkceLine(vendor, metadata))
  else say('! no metadata (RFC 8414) was found: PKCE and the endpoints cannot be compared')
  const opened = await reach(http, { method: 'GET', url })
  say(`${opened.ok ? (opened.refused ? '!' : '✓') : '✗'} the authorize URL: ${opened.text}`)
  const exchanged = await tryCode(http, vendor, callbackUrl, secrets.codeVerifier, guessing)
  say(`${exchanged.sign} the token endpoint: ${exchanged.text}`)
  return opened.ok && exchanged.sign !== '✗'
}

async function walkApi(http: Http, vendor: Vendor, say: Say): Promise<boolean> {
  const { sign, text } = await tryApi(http, vendor)
  say(`${sign} the API: ${text}`)
  return sign !== '✗'
}

/** Only with an access token of whoever runs the check, and where the vendor can judge without making anything. */
async function walkJudge(
  http: Http,
  vendor: Vendor,
  token: string | undefined,
  say: Say,
): Promise<boolean> {
  if (!vendor.api.validateOnly) return true
  const setting = `${environmentPrefix(vendor.id)}ACCESS_TOKEN`
  if (token === undefined) {
    say(`! set ${setting} to an access token of yours to have a campaign judged, and none made`)
    return true
  }
  const finding = await judge(http, vendor, token)
  if (finding) say(`${finding.sign} a campaign: ${finding.text}`)
  return finding?.sign !== '✗'
}

/** Sends the first request of `create` so that nothing is made; undefined where the vendor's file says no way to. */
export async function judge(
  http: Http,
  vendor: Vendor,
  token: string,
): Promise<Finding | undefined> {
  const [operation] = vendor.api.create ?? []
  const { validateOnly } = vendor.api
  if (!operation || !validateOnly) return undefined
  const body = { ...Object(operation.body), ...validateOnly }
  const filling = { campaign: sampleOf(vendor), token, known: {} }
  try {
    const request = operationRequest(vendor, { ...operation, body }, filling)
    const limits = { timeoutMs: TIMEOUT_MS, maxBytes: 1_000_000 }
    const response = readResponse(await http.send({ ...request, ...limits }), token)
    return findingOf(classify(vendor, response, { ok: [{ status: '2xx' }] }))
  } catch (error) {
    return findingOf(withoutResponse(error))
  }
}

function findingOf({ kind, status, message }: ReturnType<typeof classify>): Finding {
  const said = message ?? (status === undefined ? kind : `HTTP ${status}`)
  if (kind === 'ok') return { sign: '✓', text: 'it would take a campaign like this; none was made' }
  if (kind === 'expired') return { sign: '✗', text: `the access token is not good (${said})` }
  if (kind === 'failed' || kind === 'forbidden' || kind === 'exists')
    return { sign: '✗', text: `it would not take a campaign (${said})` }
  return { sign: '!', text: `it could not judge a campaign now (${said})` }
}

/** A campaign with every field, next month. */
function sampleOf({ api, values }: Vendor) {
  const day = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)
  const currency = api.currency === undefined ? '' : fill(api.currency, values)
  return {
    id: 'vendor-check',
    name: `Campaign Sync check ${day(0)}`,
    type: 'Email',
    status: 'Planned',
    startDate: day(30),
    endDate: day(60),
    budget: 100,
    currency: currency === '' ? 'EUR' : currency,
    description: 'Judged, and not made',
  }
}
