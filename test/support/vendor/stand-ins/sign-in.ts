// A person's approval at a stand-in: authorize, callback, token (RFC 6749, 4.1), with PKCE where the vendor documents it.
import { createHash } from 'node:crypto'
import type { Stage } from '../stage.ts'
import { type Answer, read, type VendorOperations } from './operations.ts'
import { render } from './render.ts'

/** Gives a fresh code, and the token requests of a client at this vendor. */
export async function authorize(
  vendor: VendorOperations,
  stage: Stage,
  { verifier: sent }: { verifier?: string } = {},
): Promise<{
  code: string
  token: (code: string) => Promise<Answer>
  refresh: (token: string) => Promise<Answer>
}> {
  if (!vendor.oauth) throw new Error('people make keys there')
  const { oauth } = vendor
  const own = oauth.json
    ? { id: 'app_id', secret: 'secret', code: 'auth_code' }
    : { id: 'client_id', secret: 'client_secret', code: 'code' }
  const vars = { vars: vendor.vars, known: {}, campaign: {}, token: '' }
  const at = (url: string) =>
    new URL(String(render(url, vars)).replace(/^https:\/\//, `${stage.url}/`))
  const verifier = 'v'.repeat(43)
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const back = 'http://127.0.0.1/callback'
  const asked = at(oauth.authorize)
  const query = {
    [own.id]: 'the client',
    redirect_uri: back,
    state: 's',
    scope: oauth.scopes.join(' '),
    response_type: 'code',
  }
  asked.search = new URLSearchParams(
    oauth.pkce ? { ...query, code_challenge: challenge, code_challenge_method: 'S256' } : query,
  ).toString()
  const location = (await fetch(asked, { redirect: 'manual' })).headers.get('location')
  const secret = oauth.basic ? {} : { [own.id]: 'the client', [own.secret]: 'a secret: 1%' }
  const basic = oauth.basic ? { Authorization: `Basic ${btoa('the client:secret')}` } : {}
  const post = async (members: Record<string, string>) =>
    read(
      await fetch(at(oauth.token), {
        method: 'POST',
        headers: {
          ...basic,
          'Content-Type': oauth.json ? 'application/json' : 'application/x-www-form-urlencoded',
        },
        body: oauth.json
          ? JSON.stringify({ ...members, ...secret })
          : new URLSearchParams({ ...members, ...secret }),
      }),
    )
  const proof: Record<string, string> = oauth.pkce ? { code_verifier: sent ?? verifier } : {}
  const grant: Record<string, string> = oauth.json
    ? {}
    : { grant_type: 'authorization_code', redirect_uri: back }
  return {
    code: new URL(location ?? '').searchParams.get(own.code) ?? '',
    token: (code) => post({ ...grant, ...proof, [own.code]: code }),
    refresh: (token) => post({ grant_type: 'refresh_token', refresh_token: token }),
  }
}
