// What each vendor documents that it answers: for test/vendors/vendors.test.ts. Sources are in the vendor files.
import type { Said } from './stage.ts'

export interface Documented {
  environment: Record<string, string>
  /** What a campaign must have to go there. */
  campaign?: object
  /** Parameters of the redirect back in place of `code`. */
  back?: Record<string, string>
  /** `METHOD /host/path` of the token request, its answer, and what it must hold. Absent: people bring keys. */
  token?: {
    at: string
    says: unknown
    holds: Record<string, string>
    basic?: boolean
    json?: boolean
  }
  /** A request after the token's. */
  step?: { at: string; says: unknown; header?: string }
  /** The token that is then used, when it is not `at-1`. */
  used?: string
  push: { at: string; header?: string; holds: string }
  /** Where the vendor is searched before, and its answer when nothing is there. */
  find?: { at: string; says: unknown }
  /** Where what was made is changed, and its answer. */
  update?: { at: string; ok: Said; times?: number }
  /** A further request of the same change. */
  further?: { at: string; ok: Said }
  ok: Said
  expired: Said
  /** Absent where it cannot be told from an ended key. */
  forbidden?: Said
  limited: Said
  account?: { at: string; says: unknown; name: string }
  /** A refresh keeps the person out of it. */
  refreshes?: boolean
}

const DATED = { startDate: '2027-03-01', endDate: '2027-03-31', currency: 'EUR' }
const bearer = { access_token: 'at-1', token_type: 'bearer', expires_in: 3600 }
const unauthorized = (body: unknown): Said => ({ status: 401, body })

export const DOCUMENTED: Record<string, Documented> = {
  linkedin: {
    environment: {
      LINKEDIN_AD_ACCOUNT: '5',
      LINKEDIN_CAMPAIGN_GROUP: '6',
      LINKEDIN_GEO: 'urn:li:geo:103644278',
      LINKEDIN_UNIT_COST: '5',
      LINKEDIN_CURRENCY: 'EUR',
      LINKEDIN_POLITICAL_INTENT: 'NOT_POLITICAL',
    },
    campaign: DATED,
    token: {
      at: 'POST /www.linkedin.com/oauth/v2/accessToken',
      says: { access_token: 'at-1', expires_in: 5184000, scope: 'rw_ads' },
      holds: { grant_type: 'authorization_code', code: 'code-1', client_secret: 'a secret: 1%' },
    },
    push: {
      at: 'POST /api.linkedin.com/rest/adAccounts/5/adCampaigns',
      holds: 'urn:li:sponsoredAccount:5',
    },
    find: { at: 'GET /api.linkedin.com/rest/adAccounts/5/adCampaigns', says: { elements: [] } },
    update: {
      at: 'POST /api.linkedin.com/rest/adAccounts/5/adCampaigns/88123',
      ok: { status: 204 },
    },
    ok: { status: 201, headers: { 'x-restli-id': '88123' } },
    expired: unauthorized({
      status: 401,
      serviceErrorCode: 65601,
      message: 'The token used in the request has been revoked by the user',
    }),
    forbidden: {
      status: 403,
      body: {
        status: 403,
        serviceErrorCode: 100,
        message: 'Not enough permissions to access: POST /adCampaigns',
      },
    },
    limited: {
      status: 429,
      body: { status: 429, message: 'Resource level throttle limit reached' },
    },
  },
  meta: {
    environment: { META_AD_ACCOUNT: '5' },
    token: {
      at: 'POST /graph.facebook.com/v25.0/oauth/access_token',
      says: { ...bearer, access_token: 'short' },
      holds: { code: 'code-1' },
    },
    step: {
      at: 'GET /graph.facebook.com/v25.0/oauth/access_token',
      says: { access_token: 'at-1', token_type: 'bearer', expires_in: 5183944 },
    },
    push: {
      at: 'POST /graph.facebook.com/v25.0/act_5/campaigns',
      holds: 'special_ad_categories=%5B%5D',
    },
    find: { at: 'GET /graph.facebook.com/v25.0/act_5/campaigns', says: { data: [] } },
    update: { at: 'POST /graph.facebook.com/v25.0/88123', ok: { body: { success: true } } },
    ok: { body: { id: '88123' } },
    expired: {
      status: 400,
      body: {
        error: {
          message: 'Session has expired',
          type: 'OAuthException',
          code: 190,
          error_subcode: 463,
        },
      },
    },
    forbidden: {
      status: 400,
      body: { error: { message: '(#200) Permissions error', type: 'OAuthException', code: 200 } },
    },
    limited: { status: 400, body: { error: { message: 'User request limit reached', code: 17 } } },
    account: {
      at: 'GET /graph.facebook.com/v25.0/me',
      says: { id: '1', name: 'Dana' },
      name: 'Dana',
    },
  },
  mailchimp: {
    environment: { MAILCHIMP_FROM_NAME: 'Dana', MAILCHIMP_REPLY_TO: 'dana@acme.example' },
    token: {
      at: 'POST /login.mailchimp.com/oauth2/token',
      says: { access_token: 'at-1', expires_in: 0, scope: null },
      holds: { code: 'code-1' },
    },
    step: {
      at: 'GET /login.mailchimp.com/oauth2/metadata',
      says: { dc: 'us6', api_endpoint: 'https://us6.api.mailchimp.com' },
      header: 'OAuth at-1',
    },
    push: { at: 'POST /us6.api.mailchimp.com/3.0/campaigns', holds: '"title":"Spring launch"' },
    find: { at: 'GET /us6.api.mailchimp.com/3.0/campaigns', says: { campaigns: [] } },
    update: {
      at: 'PATCH /us6.api.mailchimp.com/3.0/campaigns/abc',
      ok: { body: { id: 'abc', web_id: 1 } },
    },
    ok: { body: { id: 'abc', web_id: 1 } },
    expired: unauthorized({
      title: 'API Key Invalid',
      status: 401,
      detail: 'Your API key may be invalid.',
    }),
    forbidden: {
      status: 403,
      body: { title: 'Forbidden', status: 403, detail: 'You may not do this.' },
    },
    limited: { status: 429, body: { title: 'Too Many Requests', status: 429 } },
    account: {
      at: 'GET /us6.api.mailchimp.com/3.0/',
      says: { account_id: 'a', account_name: 'Acme' },
      name: 'Acme',
    },
  },
  'tiktok-ads': {
    environment: {},
    back: { auth_code: 'code-1' },
    token: {
      at: 'POST /business-api.tiktok.com/open_api/v1.3/oauth2/access_token/',
      says: {
        code: 0,
        message: 'OK',
        data: { access_token: 'at-1', advertiser_ids: ['700'], scope: [4, 5] },
      },
      holds: { app_id: 'the client', secret: 'a secret: 1%', auth_code: 'code-1' },
      json: true,
    },
    push: {
      at: 'POST /business-api.tiktok.com/open_api/v1.3/campaign/create/',
      header: 'access-token',
      holds: '"advertiser_id":"700"',
    },
    find: {
      at: 'GET /business-api.tiktok.com/open_api/v1.3/campaign/get/',
      says: { code: 0, message: 'OK', data: { list: [] } },
    },
    update: {
      at: 'POST /business-api.tiktok.com/open_api/v1.3/campaign/update/',
      ok: { body: { code: 0, message: 'OK', data: { campaign_id: '88123' } } },
    },
    ok: { body: { code: 0, message: 'OK', data: { campaign_id: '88123' } } },
    expired: { body: { code: 40105, message: 'Access token is incorrect or has been revoked.' } },
    forbidden: { body: { code: 40001, message: 'No permission to operate advertiser' } },
    limited: { body: { code: 40100, message: 'Too many requests. Please retry in some time.' } },
    account: {
      at: 'GET /business-api.tiktok.com/open_api/v1.3/user/info/',
      says: { code: 0, data: { core_user_id: '1', display_name: 'Dana' } },
      name: 'Dana',
    },
  },
  'google-ads': {
    environment: {
      GOOGLE_ADS_DEVELOPER_TOKEN: 'dt',
      GOOGLE_ADS_CUSTOMER_ID: '1234567890',
      GOOGLE_ADS_CURRENCY: 'EUR',
      GOOGLE_ADS_EU_POLITICAL_ADS: 'DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING',
    },
    campaign: DATED,
    token: {
      at: 'POST /oauth2.googleapis.com/token',
      says: { ...bearer, token_type: 'Bearer', refresh_token: 'rt-1', id_token: 'x.y.z' },
      holds: { code: 'code-1' },
    },
    push: {
      at: 'POST /googleads.googleapis.com/v26/customers/1234567890/googleAds:mutate',
      holds: '"totalAmountMicros":12000000000',
    },
    find: {
      at: 'POST /googleads.googleapis.com/v26/customers/1234567890/googleAds:search',
      says: { results: [] },
    },
    update: {
      at: 'POST /googleads.googleapis.com/v26/customers/1234567890/campaigns:mutate',
      ok: { body: { results: [{ resourceName: 'customers/1234567890/campaigns/88123' }] } },
    },
    ok: {
      body: {
        mutateOperationResponses: [
          {},
          { campaignResult: { resourceName: 'customers/1234567890/campaigns/88123' } },
        ],
      },
    },
    expired: unauthorized({
      error: { code: 401, message: 'Request had invalid credentials.', status: 'UNAUTHENTICATED' },
    }),
    forbidden: {
      status: 403,
      body: { error: { code: 403, message: 'No.', status: 'PERMISSION_DENIED' } },
    },
    limited: {
      status: 429,
      body: { error: { code: 429, message: 'Too many', status: 'RESOURCE_EXHAUSTED' } },
    },
    account: {
      at: 'GET /openidconnect.googleapis.com/v1/userinfo',
      says: { sub: '1', email: 'dana@acme' },
      name: 'dana@acme',
    },
    refreshes: true,
  },
  x: {
    environment: {},
    token: {
      at: 'POST /api.x.com/2/oauth2/token',
      says: {
        ...bearer,
        scope: 'tweet.write users.read tweet.read offline.access',
        refresh_token: 'rt-1',
      },
      holds: { code: 'code-1' },
      basic: true,
    },
    push: { at: 'POST /api.x.com/2/tweets', holds: '"text":"Spring launch"' },
    find: { at: 'GET /api.x.com/2/users/1/tweets', says: { meta: { result_count: 0 } } },
    ok: { status: 201, body: { data: { id: '88123', text: 'Spring launch' } } },
    expired: unauthorized({
      title: 'Unauthorized',
      type: 'about:blank',
      status: 401,
      detail: 'Unauthorized',
    }),
    forbidden: { status: 403, body: { title: 'Forbidden', status: 403, detail: 'Not permitted' } },
    limited: {
      status: 429,
      headers: { 'x-rate-limit-reset': '1' },
      body: { title: 'Too Many Requests' },
    },
    account: {
      at: 'GET /api.x.com/2/users/me',
      says: { data: { id: '1', username: 'dana' } },
      name: 'dana',
    },
    refreshes: true,
  },
  salesforce: {
    environment: {},
    token: {
      at: 'POST /login.salesforce.com/services/oauth2/token',
      says: {
        access_token: 'at-1',
        refresh_token: 'rt-1',
        token_type: 'Bearer',
        instance_url: '$STAGE/acme.my.salesforce.com',
        scope: 'refresh_token api openid',
        issued_at: '1278448384422',
      },
      holds: { code: 'code-1' },
    },
    push: {
      at: 'PATCH /acme.my.salesforce.com/services/data/v64.0/sobjects/Campaign/Campaign_Sync_Id__c/C1',
      holds: '"Name":"Spring launch"',
    },
    ok: { status: 201, body: { id: '701xx', success: true, errors: [] } },
    expired: unauthorized([
      { message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' },
    ]),
    forbidden: {
      status: 403,
      body: [{ message: 'insufficient access', errorCode: 'INSUFFICIENT_ACCESS' }],
    },
    limited: {
      status: 403,
      body: [{ message: 'Limit exceeded', errorCode: 'REQUEST_LIMIT_EXCEEDED' }],
    },
    account: {
      at: 'GET /acme.my.salesforce.com/services/oauth2/userinfo',
      says: { user_id: '005', preferred_username: 'dana@acme' },
      name: 'dana@acme',
    },
    refreshes: true,
  },
  hubspot: {
    environment: {},
    token: {
      at: 'POST /api.hubapi.com/oauth/v3/token',
      says: { ...bearer, expires_in: 1800, refresh_token: 'rt-1' },
      holds: { code: 'code-1' },
    },
    push: { at: 'POST /api.hubapi.com/marketing/v3/campaigns', holds: '"hs_name":"Spring launch"' },
    find: { at: 'GET /api.hubapi.com/marketing/v3/campaigns', says: { results: [] } },
    update: {
      at: 'PATCH /api.hubapi.com/marketing/v3/campaigns/88123',
      ok: { body: { id: '88123' } },
    },
    ok: { status: 201, body: { id: '88123' } },
    expired: unauthorized({
      status: 'error',
      message: 'The OAuth token expired',
      category: 'EXPIRED_AUTHENTICATION',
    }),
    forbidden: {
      status: 403,
      body: { status: 'error', message: 'scopes', category: 'MISSING_SCOPES' },
    },
    limited: { status: 429, body: { status: 'error', policyName: 'TEN_SECONDLY_ROLLING' } },
    account: {
      at: 'GET /api.hubapi.com/account-info/v3/details',
      says: { portalId: 1, uiDomain: 'app.hubspot.com' },
      name: 'app.hubspot.com',
    },
    refreshes: true,
  },
  'constant-contact': {
    environment: {
      CONSTANT_CONTACT_FROM_NAME: 'Dana',
      CONSTANT_CONTACT_FROM_EMAIL: 'dana@acme.example',
    },
    token: {
      at: 'POST /authz.constantcontact.com/oauth2/default/v1/token',
      says: {
        ...bearer,
        token_type: 'Bearer',
        expires_in: 86400,
        refresh_token: 'rt-1',
        scope: 'campaign_data account_read offline_access',
      },
      holds: { code: 'code-1' },
      basic: true,
    },
    push: { at: 'POST /api.cc.email/v3/emails', holds: '"name":"Spring launch"' },
    find: { at: 'GET /api.cc.email/v3/emails', says: { campaigns: [] } },
    update: { at: 'PATCH /api.cc.email/v3/emails/c-1', ok: { body: { campaign_id: 'c-1' } } },
    further: {
      at: 'PUT /api.cc.email/v3/emails/activities/a-1',
      ok: { body: { campaign_activity_id: 'a-1' } },
    },
    ok: {
      body: { campaign_id: 'c-1', campaign_activities: [{ campaign_activity_id: 'a-1' }] },
    },
    expired: unauthorized({ error_key: 'unauthorized', error_message: 'Unauthorized' }),
    forbidden: { status: 403, body: [{ error_key: 'forbidden', error_message: 'Forbidden' }] },
    limited: { status: 429, body: { error_key: 'too_many', error_message: 'Too many requests' } },
    account: {
      at: 'GET /api.cc.email/v3/account/summary',
      says: { encoded_account_id: 'a', organization_name: 'Acme' },
      name: 'Acme',
    },
    refreshes: true,
  },
  slack: {
    environment: { SLACK_CHANNEL: 'C0123456' },
    token: {
      at: 'POST /slack.com/api/oauth.v2.access',
      says: {
        ok: true,
        access_token: 'at-1',
        token_type: 'bot',
        scope: 'chat:write,channels:history',
        team: { id: 'T1' },
      },
      holds: { code: 'code-1' },
    },
    push: { at: 'POST /slack.com/api/chat.postMessage', holds: '"channel":"C0123456"' },
    find: { at: 'GET /slack.com/api/conversations.history', says: { ok: true, messages: [] } },
    update: {
      at: 'POST /slack.com/api/chat.update',
      ok: { body: { ok: true, channel: 'C0123456', ts: '1503435956.000247' } },
    },
    ok: { body: { ok: true, channel: 'C0123456', ts: '1503435956.000247' } },
    expired: { body: { ok: false, error: 'token_revoked' } },
    forbidden: {
      body: { ok: false, error: 'missing_scope', needed: 'chat:write', provided: 'im:read' },
    },
    limited: {
      status: 429,
      headers: { 'retry-after': '30' },
      body: { ok: false, error: 'ratelimited' },
    },
    account: {
      at: 'GET /slack.com/api/auth.test',
      says: { ok: true, team: 'Acme', team_id: 'T1', user: 'bot' },
      name: 'Acme',
    },
  },
  eventbrite: {
    environment: { EVENTBRITE_ORGANIZATION: '5' },
    campaign: DATED,
    token: {
      at: 'POST /www.eventbrite.com/oauth/token',
      says: { access_token: 'at-1', token_type: 'bearer' },
      holds: { code: 'code-1' },
    },
    push: {
      at: 'POST /www.eventbriteapi.com/v3/organizations/5/events/',
      holds: '"html":"Spring launch"',
    },
    find: { at: 'GET /www.eventbriteapi.com/v3/organizations/5/events', says: { events: [] } },
    update: { at: 'POST /www.eventbriteapi.com/v3/events/88123/', ok: { body: { id: '88123' } } },
    ok: { body: { id: '88123' } },
    expired: {
      status: 400,
      body: {
        status_code: 400,
        error: 'INVALID_AUTH',
        error_description: 'Your authentication is not valid.',
      },
    },
    forbidden: {
      status: 403,
      body: { status_code: 403, error: 'NOT_AUTHORIZED', error_description: 'No.' },
    },
    limited: {
      status: 429,
      body: { status_code: 429, error: 'HIT_RATE_LIMIT', error_description: 'Slow.' },
    },
    account: {
      at: 'GET /www.eventbriteapi.com/v3/users/me/',
      says: { id: '1', name: 'Dana', emails: [{ email: 'dana@acme' }] },
      name: 'dana@acme',
    },
  },
  github: {
    environment: { GITHUB_OWNER: 'acme', GITHUB_REPOSITORY: 'plans' },
    token: {
      at: 'POST /github.com/login/oauth/access_token',
      says: { access_token: 'at-1', token_type: 'bearer', scope: 'repo' },
      holds: { code: 'code-1' },
    },
    push: { at: 'POST /api.github.com/repos/acme/plans/issues', holds: '"title":"Spring launch"' },
    find: { at: 'GET /api.github.com/repos/acme/plans/issues', says: [] },
    update: {
      at: 'PATCH /api.github.com/repos/acme/plans/issues/88',
      ok: { status: 200, body: { number: 88, id: 1 } },
    },
    ok: { status: 201, body: { number: 88, id: 1 } },
    expired: unauthorized({
      message: 'Bad credentials',
      documentation_url: 'https://docs.github.com/rest',
    }),
    forbidden: { status: 403, body: { message: 'Resource not accessible by integration' } },
    limited: {
      status: 403,
      headers: { 'x-ratelimit-remaining': '0' },
      body: { message: 'API rate limit exceeded for user ID 1.' },
    },
    account: { at: 'GET /api.github.com/user', says: { id: 1, login: 'dana' }, name: 'dana' },
  },
  pinterest: {
    environment: { PINTEREST_AD_ACCOUNT: '5', PINTEREST_CURRENCY: 'EUR' },
    token: {
      at: 'POST /api.pinterest.com/v5/oauth/token',
      says: { ...bearer, refresh_token: 'rt-1', scope: 'ads:read ads:write user_accounts:read' },
      holds: { code: 'code-1' },
      basic: true,
    },
    push: { at: 'POST /api.pinterest.com/v5/ad_accounts/5/campaigns', holds: '"status":"PAUSED"' },
    find: { at: 'GET /api.pinterest.com/v5/ad_accounts/5/campaigns', says: { items: [] } },
    update: {
      at: 'PATCH /api.pinterest.com/v5/ad_accounts/5/campaigns',
      ok: { body: { items: [{ data: { id: '88123' }, exceptions: [] }] } },
    },
    ok: { body: { items: [{ data: { id: '88123' }, exceptions: [] }] } },
    expired: unauthorized({ code: 2, message: 'Authentication failed.' }),
    forbidden: { status: 403, body: { code: 29, message: 'You are not permitted.' } },
    limited: { status: 429, body: { code: 8, message: 'This request exceeded a rate limit.' } },
    account: {
      at: 'GET /api.pinterest.com/v5/user_account',
      says: { id: '1', username: 'dana' },
      name: 'dana',
    },
    refreshes: true,
  },
  klaviyo: {
    environment: { KLAVIYO_LIST: 'Y6nRLr' },
    token: {
      at: 'POST /a.klaviyo.com/oauth/token',
      says: {
        ...bearer,
        refresh_token: 'rt-1',
        scope: 'accounts:read campaigns:read campaigns:write',
      },
      holds: { code: 'code-1' },
      basic: true,
    },
    push: { at: 'POST /a.klaviyo.com/api/campaigns', holds: '"included":["Y6nRLr"]' },
    find: { at: 'GET /a.klaviyo.com/api/campaigns', says: { data: [], links: { next: null } } },
    update: {
      at: 'PATCH /a.klaviyo.com/api/campaign',
      ok: { body: { data: { type: 'campaign', id: '01K' } } },
      times: 3,
    },
    ok: {
      status: 201,
      body: {
        data: {
          type: 'campaign',
          id: '01K',
          relationships: { 'campaign-messages': { data: [{ id: '01M' }] } },
        },
      },
    },
    expired: unauthorized({ errors: [{ code: 'not_authenticated', detail: 'Not given.' }] }),
    forbidden: { status: 403, body: { errors: [{ code: 'permission_denied', detail: 'No.' }] } },
    limited: {
      status: 429,
      headers: { 'retry-after': '7' },
      body: { errors: [{ code: 'throttled', detail: 'Request was throttled.' }] },
    },
    account: {
      at: 'GET /a.klaviyo.com/api/accounts',
      says: {
        data: [{ id: '1', attributes: { contact_information: { organization_name: 'Acme' } } }],
      },
      name: 'Acme',
    },
    refreshes: true,
  },
  brevo: {
    environment: { BREVO_FROM_NAME: 'Dana', BREVO_FROM_EMAIL: 'dana@acme.example' },
    push: {
      at: 'POST /api.brevo.com/v3/emailCampaigns',
      header: 'api-key',
      holds: '"email":"dana@acme.example"',
    },
    find: { at: 'GET /api.brevo.com/v3/emailCampaigns', says: { campaigns: [], count: 0 } },
    update: { at: 'PUT /api.brevo.com/v3/emailCampaigns/88', ok: { status: 204 } },
    ok: { status: 201, body: { id: 88 } },
    expired: unauthorized({ code: 'unauthorized', message: 'Key not found' }),
    forbidden: { status: 403, body: { code: 'permission_denied', message: 'No.' } },
    limited: { status: 429, body: { code: 'too_many_requests', message: 'Too many requests' } },
    account: {
      at: 'GET /api.brevo.com/v3/account',
      says: { organization_id: '1', companyName: 'Acme' },
      name: 'Acme',
    },
  },
  activecampaign: {
    environment: { ACTIVECAMPAIGN_HOST: 'acme.api-us1.com' },
    push: {
      at: 'POST /acme.api-us1.com/api/3/campaign',
      header: 'api-token',
      holds: '"type":"single"',
    },
    find: { at: 'GET /acme.api-us1.com/api/3/campaigns', says: { campaigns: [], meta: {} } },
    update: { at: 'PUT /acme.api-us1.com/api/3/campaigns/88/edit', ok: { body: { id: 88 } } },
    ok: { body: { id: 88 } },
    expired: { status: 403, body: { message: 'You do not have permission.' } },
    limited: { status: 429, headers: { 'retry-after': '1' }, body: { message: 'Too Many' } },
    account: {
      at: 'GET /acme.api-us1.com/api/3/users/me',
      says: { user: { id: '1', username: 'dana' } },
      name: 'dana',
    },
  },
  'openai-ads': {
    environment: { OPENAI_ADS_CURRENCY: 'EUR' },
    push: { at: 'POST /api.ads.openai.com/v1/campaigns', holds: '"status":"paused"' },
    find: { at: 'GET /api.ads.openai.com/v1/campaigns', says: { data: [], has_more: false } },
    update: { at: 'POST /api.ads.openai.com/v1/campaigns/cmpn_1', ok: { body: { id: 'cmpn_1' } } },
    ok: { body: { id: 'cmpn_1' } },
    expired: unauthorized({ error: { message: 'Incorrect API key provided.' } }),
    forbidden: { status: 403, body: { error: { message: 'Insufficient permissions.' } } },
    limited: { status: 429, body: { error: { message: 'Rate limit reached.' } } },
    account: {
      at: 'GET /api.ads.openai.com/v1/ad_account',
      says: { id: '1', name: 'Acme' },
      name: 'Acme',
    },
  },
}
