// What tests need of oidc-provider, whoever asks it: a person who says yes to everything, and a key it signs with.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import type { Provider } from '../../../src/demo-vendor/oidc-provider.ts'

/** Answers as the provider does; its interactions at `/approve/…` are a person who signs in and says yes, at once. */
export function approving(provider: Provider): RequestListener {
  const answer = provider.callback()
  return (req, res) => {
    if (!req.url?.startsWith('/approve/')) return void answer(req, res)
    approve(provider, req, res).catch((error) => res.destroy(error))
  }
}

async function approve(provider: Provider, req: IncomingMessage, res: ServerResponse) {
  const { params, prompt } = await provider.interactionDetails(req, res)
  if (prompt.name === 'login')
    return provider.interactionFinished(req, res, { login: { accountId: 'dana' } })
  const grant = new provider.Grant({ accountId: 'dana', clientId: String(params.client_id) })
  grant.addOIDCScope(String(params.scope))
  return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } })
}

export async function signingKey(alg = 'RS256') {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), use: 'sig', alg }
}
