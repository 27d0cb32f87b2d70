// What each field of a vendor file means, in one sentence: shown by editors (JSON Schema) and in docs/VENDOR-FIELDS.md.

/** By path, without list indexes; `*` is any name. A path that is not here is described by its end: `*.ok`, `status`. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  $schema: 'Where the JSON Schema is, for your editor: a path from this file, or a URL.',
  id: 'Short name: in addresses (`/oauth/<id>/callback`) and, in capitals, in front of environment variables.',
  name: 'The name people read.',
  docs: 'Where each fact of the file was read. `?` marks what nobody has verified.',
  verifiedOn: 'The day on which the facts were last compared with their sources, as `2026-11-26`.',
  standIn: 'A vendor that runs beside the app, for a first look.',
  vars: 'Values for templates, as `${vars.NAME}`.',
  'vars.*.from':
    'Where the value comes from: `config` the environment, `person` a form before they go to the vendor, `callback` a parameter of the redirect back, `token` the token response, `step` the response of a step.',
  'vars.*.key':
    'config, person: the end of the variable `<ID>_<KEY>` (`accountName` is `ACME_ACCOUNT_NAME`), which spares people the question; callback: a query parameter; token, step: a path. Default: the name.',
  'vars.*.label': 'person: what the form asks for, as `Name of your shop`.',
  'vars.*.default': 'The value when there is none; of a person, what the form begins with.',
  'vars.*.pattern':
    'A regular expression that the whole value must match. Needed where a value from the vendor names a host.',
  client: 'This app as the vendor knows it.',
  'client.id': 'The client id, which is public. `<ID>_CLIENT_ID` in the environment wins over it.',
  'client.auth':
    'How the client proves itself (RFC 6749 section 2.3): `post` in the body, `basic` in a header, `private_key_jwt` by a signed assertion (RFC 7523; the key is `<ID>_PRIVATE_KEY`, in PEM, its id `<ID>_KEY_ID`), `none` has no secret. `key`: no OAuth, people bring an API key.',
  'client.basicEncoding':
    'Whether id and secret are form-encoded before base64 (`form`, the standard) or not (`raw`).',
  'client.assertion': 'The assertion of `private_key_jwt`, where the vendor wants it otherwise.',
  'client.assertion.audience':
    'Whom it is for (`aud`). Default: `authorize.issuer`, else the token endpoint.',
  'client.assertion.issuer': 'Whom it is of (`iss`). Default: the client id.',
  authorize: 'The authorization request: where people approve.',
  'authorize.url': 'The authorization endpoint.',
  'authorize.issuer': 'The issuer (RFC 9207), compared with `iss` on the callback.',
  'authorize.issParameter':
    'The vendor promises `iss` on each callback: one without it is refused.',
  'authorize.paramsIn': 'Whether parameters go into the query, or behind the `#`.',
  'authorize.scopes': 'The scopes to ask for.',
  'authorize.scopeSeparator': 'What stands between scopes.',
  'authorize.permissions': 'What the scopes let this app do, in words for people.',
  'authorize.pkce': 'Whether PKCE (RFC 7636, S256) is used.',
  'authorize.params': 'Parameters merged over the standard’s; `null` removes one.',
  'authorize.chooseAccount': 'Parameters that make the vendor let a person choose another account.',
  'authorize.denied':
    'Errors on the callback, beside `access_denied`, that mean the person said no.',
  callback: 'The callback’s parameters, where they have other names.',
  'callback.code': 'The parameter with the code.',
  'callback.state': 'The parameter with the state.',
  'callback.error': 'The parameter with the error.',
  token: 'The token request: a code becomes access.',
  'token.url': 'The token endpoint.',
  'token.headers': 'Further headers of the token request, and of the refresh.',
  'token.response': 'Where things are in the token response.',
  'token.spent': 'Errors, beside `invalid_grant`, that mean the code was used or is too old.',
  'token.unknownClient':
    'Errors, beside `invalid_client`, that mean the client is not set up as the vendor knows it.',
  'token.refresh': 'The refresh request, where it differs from the token request.',
  'token.refresh.url': 'Its own URL. Default: `token.url`.',
  'token.refresh.ended': 'Signs, beside `invalid_grant`, that a refresh token is no longer valid.',
  revoke: 'The revocation request (RFC 7009), sent when a person disconnects.',
  'revoke.url': 'The revocation endpoint.',
  steps: 'Requests after the token’s: a second exchange, a discovery call.',
  'steps.request':
    'The request of the step. The token is sent only where it is named: `"Authorization": "Bearer ${token}"`.',
  'steps.request.params': 'In the query of a GET, else in the body.',
  'steps.optional': 'A failure of this step is ignored.',
  'steps.token':
    'The response has a new token that replaces the first: `true` for the standard paths, a path, or paths for each of its members.',
  'steps.capture': 'Name of a var: the path of its value in the response.',
  accessToken: 'The path of the access token.',
  refreshToken: 'The path of the refresh token.',
  tokenType:
    'The path of the token’s type, which must be bearer; `null`: the vendor uses the word for something else.',
  expiresIn: 'The path of the lifetime, counted from now.',
  expiresInUnit: 'The unit of `expiresIn`.',
  expiresAt:
    'The path of the end: seconds or ms since 1970, or a date. Used when there is no `expiresIn`.',
  'response.lifetime': 'A fixed lifetime in seconds, whatever the response says.',
  'token.lifetime': 'A fixed lifetime in seconds, whatever the response says.',
  scope: 'The path of the scopes granted.',
  account: 'Who approved, where the response says it: one path for both, or each on its own.',
  'account.id': 'The path of the account’s id.',
  'account.name': 'The path of the account’s name.',
  lifetime: 'How long access lasts.',
  'lifetime.defaultSeconds': 'Seconds to assume when the vendor does not say (absent, 0, null).',
  'lifetime.skewSeconds':
    'Seconds before the end at which access is no longer used; at most a tenth of its life.',
  'lifetime.freshGraceSeconds':
    'Seconds for which access just given may be refused before that is believed.',
  'lifetime.refresh': 'Whether a refresh token is kept and used.',
  tokenPer:
    'Whether each campaign has its own access (`campaign`), or one serves all of a person’s (`session`).',
  api: 'How a campaign is pushed, and what the responses mean. Judged in the order limited, expired, ok, exists, gone, forbidden.',
  'api.baseUrl': 'What stands before each `path`.',
  'api.concurrency': 'Pushes of runs that may be under way at once, in one process.',
  'api.auth': 'The header that carries the token.',
  'api.auth.in': 'Where the token goes: a header.',
  'api.auth.name': 'The name of that header.',
  'api.auth.value': 'Its value, with `${token}`.',
  'api.headers': 'Headers of every API request. One without a value is left out.',
  'api.push': 'One request that makes or changes the campaign: for a vendor with a true upsert.',
  'api.push.body':
    'A JSON value with templates in its strings; without it the whole campaign is sent.',
  'api.push.externalId': 'Where the vendor’s own id of the campaign is in the response.',
  'api.push.externalId.header': 'The header of the response that has it.',
  'api.push.repeatable':
    'The same request again changes nothing, so it may be repeated without a key.',
  'api.create': 'What makes the campaign: one request, or several in order. In place of `push`.',
  'api.update': 'What changes a campaign that was made: one request, or several in order.',
  'api.find': 'How to look whether the campaign is there already. Nothing is changed by it.',
  'api.find.items': 'Where the list is; absent: the response is the list.',
  'api.find.single': 'The response is the one object.',
  'api.find.match':
    'An item is the campaign when the value at `path` equals, or contains, the filled template.',
  'api.find.match.path': 'The path of the value in an item.',
  'api.find.match.equals': 'The template that it must equal.',
  'api.find.match.contains': 'The template that it must contain.',
  'api.find.not': 'Items that do not count: removed ones.',
  'api.find.next': 'How to get the next page.',
  'api.find.next.url': 'The path of the next page’s URL.',
  'api.find.next.value': 'The path of a value for the next request.',
  'api.find.next.param': 'The query parameter that takes the value.',
  'api.find.next.while': 'The path of a value that is true while there are more pages.',
  'api.find.next.member': 'The member of the body of a POST that takes the value.',
  'api.find.next.link': 'The next page is in the `Link` header (RFC 8288).',
  'api.find.next.offset': 'A query parameter that counts the items before the page.',
  'api.find.next.page': 'A query parameter that counts the pages, from 1.',
  'api.find.next.pages': 'The path of how many pages there are.',
  'api.find.complete': 'Whether the search sees everything. If not, "none" proves nothing.',
  'api.find.settleSeconds': 'Seconds until the vendor’s own index has what was sent.',
  'api.find.after': 'Requests for further values of what was found.',
  'api.exists': 'Signs, in what is not ok, that the campaign is there already.',
  'api.gone': 'Signs, in what is not ok, that the campaign is no longer there.',
  'api.needs': 'Fields without which a campaign cannot go there.',
  'api.currency': 'The currency of the account: a budget in another one cannot go there.',
  'api.objectsOf':
    'What the objects belong to, such as an ad account, where that is not the account that approves: colleagues then change the same one.',
  'api.live': 'What is created is public, or spends, at once: the vendor has no draft.',
  'api.validateOnly':
    'Members of the body of the first `create` by which the vendor judges it and makes nothing: for `npm run vendor:check` with `<ID>_ACCESS_TOKEN`.',
  'api.validateOnly.*': 'A member of that body.',
  'api.account': 'The GET request that says who approved, and that tests a connection.',
  'api.ok': 'Signs of success.',
  'api.expired': 'Signs that access has ended and has to be given anew.',
  'api.limited': 'Signs that there were too many requests.',
  'api.retryAfter':
    'Where it stands when to come back, beside `Retry-After`; at most an hour is believed.',
  'api.retryAfter.header': 'A header of the response.',
  'api.retryAfter.path': 'A path into the body.',
  'api.retryAfter.unit':
    '`seconds` or `ms` from now, `epoch` seconds or ms since 1970, `date` a date and time.',
  'api.forbidden': 'Signs of a missing permission, looked for in what is not ok.',
  'api.errorMessage': 'The path of the vendor’s own words about a failure.',
  'api.campaignUrl': 'Where a person sees the campaign at the vendor, with `${externalId}`.',
  url: 'The URL of the request.',
  method: 'The HTTP method.',
  path: 'The path of a value in the response (`errors.0.code`); of several the first that exists.',
  'push.path': 'What follows `baseUrl`, or a whole URL.',
  'create.path': 'What follows `baseUrl`, or a whole URL.',
  'update.path': 'What follows `baseUrl`, or a whole URL.',
  'find.path': 'What follows `baseUrl`, or a whole URL.',
  'after.path': 'What follows `baseUrl`, or a whole URL.',
  'account.path': 'What follows `baseUrl`, or a whole URL.',
  params: 'Parameters merged over the standard’s; `null` removes one.',
  headers: 'Headers of this request.',
  body: 'A JSON value with templates in its strings.',
  encoding:
    'How the parameters or the body are sent: `form`, `json`; `query` in the query of a POST without a body.',
  keep: 'Values of the response to keep, by the name they have as `${known.NAME}`. `id` is the vendor’s id.',
  'keep.*.header': 'The header of the response that has the value.',
  idempotencyHeader:
    'Where the vendor takes an idempotency key. Without it nothing is ever repeated on its own.',
  when: 'Sent only when there is such a value: `campaign.budget`, `known.budget`.',
  ok: 'What proves success, where it differs from `api.ok`.',
  whole:
    'Of an update: `find.match` covers all it sets, so that `exists` may mean that it is so already.',
  status: 'A status like 401, a class like `4xx`, or a list of them.',
  header: 'The header that `exists`, `equals`, `in` or `contains` speak of.',
  exists: 'Whether there is such a value.',
  equals: 'The value equals this.',
  in: 'The value is one of these.',
  contains: 'The value, as text, contains this.',
}

/** The sentence for a path: its own, else that of its longest end; undefined when there is none. */
export function descriptionOf(path: string): string | undefined {
  const names = path.split('.')
  for (let from = 0; from < names.length; from++) {
    const description = DESCRIPTIONS[names.slice(from).join('.')]
    const isForAnyDepth = from === 0 || !TOP_ONLY.includes(names.slice(from).join('.'))
    if (description !== undefined && isForAnyDepth) return description
  }
  return undefined
}

/** Fields of the file itself, whose names say something else further in. */
const TOP_ONLY = ['id', 'name', 'docs', 'vars', 'token', 'lifetime', 'client', 'api', '$schema']
