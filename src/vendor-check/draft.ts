// Writes the first version of a vendor file from what an authorization server says of itself (RFC 8414, OpenID Connect).
import { z } from 'zod'

const list = z.array(z.string()).optional().catch(undefined)
const text = z.string().optional().catch(undefined)

const metadataSchema = z.object({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  revocation_endpoint: text,
  scopes_supported: list,
  code_challenge_methods_supported: list,
  token_endpoint_auth_methods_supported: list,
  grant_types_supported: list,
  authorization_response_iss_parameter_supported: z.boolean().optional().catch(undefined),
  service_documentation: text,
})

/** A vendor file to begin with, and what a person still has to write, a line each. */
export interface Draft {
  file: Record<string, unknown> & { id: string }
  toWrite: string[]
}

/**
 * @param issuer as it was asked for; another one in the metadata is refused (RFC 8414 section 3.3)
 * @throws Error when the metadata is not that of this issuer, or lacks an endpoint
 */
export function draftVendor(issuer: string, metadata: unknown, from: string): Draft {
  const { data, error } = metadataSchema.safeParse(metadata)
  if (!data) throw new Error(`the metadata lacks ${error.issues[0]?.path.join('.')}`)
  if (data.issuer.replace(/\/$/, '') !== issuer.replace(/\/$/, ''))
    throw new Error(`the metadata is that of another issuer, ${data.issuer}`)
  const host = new URL(issuer).hostname
  const id = idOf(host)
  const hasPkce = data.code_challenge_methods_supported?.includes('S256') ?? false
  const refreshes = data.grant_types_supported?.includes('refresh_token') ?? false
  const file = {
    id,
    name: id.charAt(0).toUpperCase() + id.slice(1),
    docs: { 'authorize, token': from },
    client: { auth: authOf(data.token_endpoint_auth_methods_supported) },
    authorize: {
      url: data.authorization_endpoint,
      issuer: data.issuer,
      ...(data.authorization_response_iss_parameter_supported && { issParameter: true }),
      scopes: data.scopes_supported ?? [],
      pkce: hasPkce,
    },
    token: { url: data.token_endpoint },
    ...(data.revocation_endpoint !== undefined && { revoke: { url: data.revocation_endpoint } }),
    ...(refreshes && { lifetime: { refresh: 'use' } }),
    api: {
      baseUrl: new URL(issuer).origin,
      push: { method: 'PUT', path: '/campaigns/${campaign.id}' },
    },
  }
  const toWrite = [
    'authorize.scopes: keep only those that a push needs; these are all that are offered',
    'api.baseUrl and api.push (or api.create, update, find): where a campaign goes',
    ...(hasPkce ? [] : ['authorize.pkce: true, if the vendor’s documentation says so']),
    'api.account: the request that says who approved',
  ]
  return { file, toWrite }
}

/** RFC 8414 section 2: without a list, client_secret_basic. */
function authOf(methods: string[] = ['client_secret_basic']): string {
  const known = ['client_secret_basic', 'client_secret_post', 'none']
  return known.find((method) => methods.includes(method)) ?? 'client_secret_post'
}

/** `login.acme.co.example` → `acme`; of an address without letters `vendor`. */
function idOf(host: string): string {
  const labels = host.split('.').filter((label) => /^[a-z][a-z0-9-]*$/.test(label))
  const usual = /^(login|auth|accounts?|oauth2?|id|sso|www|api|identity|co|com)$/
  return labels.find((label) => !usual.test(label)) ?? 'vendor'
}
