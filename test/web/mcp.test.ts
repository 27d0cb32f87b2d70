// The Model Context Protocol with the SDK's own client: tools, a person who is needed, calls made again, clients that die.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { UrlElicitationRequiredError } from '@modelcontextprotocol/sdk/types.js'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import type { Visitor } from '../support/browser/http-visitor.ts'
import { sync } from '../support/scene/authorization.ts'
import { edit } from '../support/scene/edit.ts'
import { ENGINES, scenes } from '../support/scene/scene.ts'
import { JSON_CALLER } from '../support/scene/script.ts'

const resultSchema = z.object({
  content: z.array(z.object({ type: z.literal('text'), text: z.string() })),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  isError: z.boolean().optional(),
})

const open: Client[] = []
afterEach(async () => {
  for (const client of open.splice(0)) await client.close()
})

async function connect(url: string, token: string, capabilities = {}) {
  const client = new Client({ name: 'an agent', version: '1' }, { capabilities })
  open.push(client)
  const headers = { authorization: `Bearer ${token}` }
  const transport = new StreamableHTTPClientTransport(new URL('/mcp', url), {
    requestInit: { headers },
  })
  await client.connect(transport)
  return {
    client,
    async call(name: string, args: Record<string, unknown> = {}) {
      const { content, structuredContent, isError } = resultSchema.parse(
        await client.callTool({ name, arguments: args }),
      )
      return { text: content.map(({ text }) => text).join('\n'), data: structuredContent, isError }
    },
  }
}

async function tokenOf(person: Visitor, role = 'sender'): Promise<string> {
  const body = JSON.stringify({ name: 'agent', role })
  return String(JSON.parse((await person.post('/tokens', body, JSON_CALLER)).body).token)
}

async function approve(person: Visitor, url: unknown): Promise<void> {
  const end = await person.click(await person.open(String(url)), 'Approve at Fake Ads')
  expect(end.status).toBe(200)
}

describe('of one request', () => {
  const { begin } = scenes('embedded')

  test('one message is read: many at once would pass by the limit', async () => {
    const { app, person, visitor } = await begin()
    await sync(person, 'C3')
    const token = await tokenOf(person)
    const call = (id: number) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'list_campaigns', arguments: {} },
    })
    const headers = {
      ...JSON_CALLER,
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
    }
    const post = (body: object) => visitor(app.url).post('/mcp', JSON.stringify(body), headers)
    expect((await post(call(1))).status).toBe(200)
    const many = await post([call(1), call(2)])
    expect([many.status, JSON.parse(many.body).code]).toEqual([400, 'E-REQUEST'])
  })
})

describe.each(ENGINES)('on the %s store', (engine) => {
  const { begin } = scenes(engine)

  async function agent(capabilities = {}) {
    const scene = await begin()
    await sync(scene.person, 'C3')
    const token = await tokenOf(scene.person)
    return { ...scene, token, ...(await connect(scene.app.url, token, capabilities)) }
  }

  test('lists, previews, and gives the address for a person as text; the same call again is the same sync', async () => {
    const { client, call, person, vendor } = await agent()
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual([
      'list_campaigns',
      'preview_sync',
      'sync_campaign',
      'start_run',
      'status',
    ])
    const listed = await call('list_campaigns', { search: 'autumn' })
    expect(listed.text).toContain('C3: Autumn sale (Synced)')
    const preview = await call('preview_sync', { campaign: 'C1' })
    expect([preview.text, JSON.stringify(preview.data)]).toEqual([
      expect.stringContaining('The next sync sends this to Fake Ads'),
      expect.stringContaining('••••'),
    ])
    const needed = await call('sync_campaign', { campaign: 'C1' })
    expect(needed.data).toMatchObject({
      needsPerson: true,
      url: expect.stringContaining('handover='),
    })
    expect(needed.text).toContain(String(needed.data?.url))
    const waiting = call('status', { id: needed.data?.intent, wait: 30 })
    await approve(person, needed.data?.url)
    expect((await waiting).text).toContain('Spring launch synced.')
    const again = await Promise.all([1, 2].map(() => call('sync_campaign', { campaign: 'C1' })))
    for (const { data } of again)
      expect(data).toMatchObject({ status: 'Synced', intent: needed.data?.intent })
    expect(vendor.effects('C1')).toBe(1)
    await call('sync_campaign', { campaign: 'C1', key: 'once-more' })
    expect(vendor.effects('C1')).toBe(2)
  })

  test('a campaign that is changed back is another sync each time, and a call without a change is none', async () => {
    const { call, person, vendor, app, setup } = await agent()
    await approve(person, (await call('sync_campaign', { campaign: 'C1' })).data?.url)
    const budgets = () => vendor.at('api', 'C1').map(({ body }) => JSON.parse(body).budget)
    const [first] = budgets()
    const changes = [7, first, 7, first]
    for (const budget of changes) {
      await edit(setup, 'C1', { budget }, [app])
      const once = await call('sync_campaign', { campaign: 'C1' })
      expect(once.data).toMatchObject({ status: 'Synced' })
      const again = await call('sync_campaign', { campaign: 'C1' })
      expect(again.data).toEqual(once.data)
    }
    expect(budgets()).toEqual([first, ...changes])
  })

  test('a person who synced another version in between makes the version of now another sync', async () => {
    const { call, person, vendor, app, setup } = await agent()
    await approve(person, (await call('sync_campaign', { campaign: 'C1' })).data?.url)
    await edit(setup, 'C1', { name: 'Of a person' }, [app])
    await sync(person, 'C1')
    await edit(setup, 'C1', { name: 'Spring launch' }, [app])
    const back = await call('sync_campaign', { campaign: 'C1' })
    expect(back.text).toContain('Spring launch synced.')
    const names = vendor.at('api', 'C1').map(({ body }) => JSON.parse(body).name)
    expect(names).toEqual(['Spring launch', 'Of a person', 'Spring launch'])
  })

  test('so does one through an instance whose clock is behind', async () => {
    const { call, person, vendor, app, setup } = await agent()
    await approve(person, (await call('sync_campaign', { campaign: 'C1' })).data?.url)
    await edit(setup, 'C1', { name: 'Of a person' }, [app])
    const now = Date.now
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() - 60_000)
    await sync(person, 'C1')
    clock.mockRestore()
    await edit(setup, 'C1', { name: 'Spring launch' }, [app])
    await call('sync_campaign', { campaign: 'C1' })
    const names = vendor.at('api', 'C1').map(({ body }) => JSON.parse(body).name)
    expect(names).toEqual(['Spring launch', 'Of a person', 'Spring launch'])
  })

  test('a sync that sent another version, as its person approved late, is not the sync of the version of now', async () => {
    const { call, person, vendor, app, setup } = await agent()
    const needed = await call('sync_campaign', { campaign: 'C1' })
    await edit(setup, 'C1', { name: 'Meanwhile' }, [app])
    await approve(person, needed.data?.url)
    await edit(setup, 'C1', { name: 'Spring launch' }, [app])
    await call('sync_campaign', { campaign: 'C1' })
    await call('sync_campaign', { campaign: 'C1' })
    const names = vendor.at('api', 'C1').map(({ body }) => JSON.parse(body).name)
    expect(names).toEqual(['Meanwhile', 'Spring launch'])
  })

  test('the same call after a refusal tells that refusal, and pushes nothing', async () => {
    const { call, person, vendor } = await agent()
    vendor.script('api', [{ status: 422, body: { error: { message: 'No budget.' } } }])
    await approve(person, (await call('sync_campaign', { campaign: 'C1' })).data?.url)
    for (const _ of [1, 2]) {
      const { data } = await call('sync_campaign', { campaign: 'C1' })
      expect(data).toMatchObject({ status: 'Failed' })
    }
    expect(vendor.at('api', 'C1').length).toBe(1)
  })

  test('a client that opens addresses is asked to, and then the call is made again', async () => {
    const { call, person, vendor } = await agent({ elicitation: { url: {} } })
    const error = await call('sync_campaign', { campaign: 'C1' }).catch((one: unknown) => one)
    if (!(error instanceof UrlElicitationRequiredError)) throw error
    const [elicitation] = error.elicitations
    expect(elicitation).toMatchObject({ mode: 'url', message: expect.stringContaining('Fake Ads') })
    expect(error.message).toContain(elicitation?.url)
    await approve(person, elicitation?.url)
    expect((await call('sync_campaign', { campaign: 'C1' })).text).toContain(
      'Spring launch synced.',
    )
    expect(vendor.effects('C1')).toBe(1)
  })

  test('a client that dies in the middle of a push is told its end when it comes back', async () => {
    const { client, call, app, token, person, vendor } = await agent()
    await approve(person, (await call('sync_campaign', { campaign: 'C1' })).data?.url)
    const api = vendor.gate('api')
    const lost = call('sync_campaign', { campaign: 'C1', key: 'again' }).catch(() => 'gone')
    await api.arrived
    await client.close()
    expect(await lost).toBe('gone')
    const other = await connect(app.url, token)
    const found = other.call('sync_campaign', { campaign: 'C1', key: 'again' })
    api.release()
    expect((await found).text).toContain('Spring launch synced.')
    expect(vendor.effects('C1')).toBe(2)
  })

  test('a run is started once, goes on when a person has approved, and its end is told', async () => {
    const { call, person, vendor } = await agent()
    const wanted = { campaigns: ['C1', 'C2'] }
    const needed = await call('start_run', wanted)
    expect((await call('start_run', wanted)).data?.run).toBe(needed.data?.run)
    vendor.script('api', [{ status: 422, body: { error: { message: 'No budget.' } } }])
    await approve(person, needed.data?.url)
    const ended = await call('status', { id: needed.data?.run, wait: 30 })
    expect(ended.data).toMatchObject({ state: 'done', sent: 1, failed: 1, left: 0 })
    expect(ended.text).toMatch(/C[12]: Fake Ads did not accept .*: No budget\./)
    expect((await call('start_run', wanted)).data).toMatchObject({ id: needed.data?.run, sent: 1 })
    expect(vendor.effects('C1') + vendor.effects('C2')).toBe(1)
  })
})

describe('who may, and what is wrong', () => {
  const { begin } = scenes('embedded')

  test('only a token that may sync, and every message by itself, whoever served the one before', async () => {
    const { app, person } = await begin()
    await expect(connect(app.url, `cs_${'x'.repeat(43)}`)).rejects.toThrow(/401|none/)
    await expect(connect(app.url, await tokenOf(person, 'viewer'))).rejects.toThrow(/403|may not/)
    const without = await person.post('/mcp', '{}', JSON_CALLER)
    expect([without.status, without.headers['www-authenticate']]).toEqual([401, 'Bearer'])
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call' }
    const params = { name: 'sync_campaign', arguments: { campaign: 'C1' } }
    const headers = {
      ...JSON_CALLER,
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${await tokenOf(person)}`,
    }
    const ask = (id: string) =>
      person.post('/mcp', JSON.stringify({ ...message, params }), {
        ...headers,
        'mcp-session-id': id,
      })
    const [opens, reads] = [await ask('url-of-another-process'), await ask('text-of-another')]
    expect(JSON.parse(opens.body).error.code).toBe(-32042)
    expect(JSON.parse(reads.body).result.structuredContent.needsPerson).toBe(true)
    expect((await person.get('/mcp', headers)).status).toBe(405)
  })

  test('what is not there, and arguments that make no sense, are told in words', async () => {
    const { app, person, vendor } = await begin()
    const { call } = await connect(app.url, await tokenOf(person))
    for (const [tool, args, words] of [
      ['sync_campaign', { campaign: 'C9' }, 'This campaign is not here'],
      ['sync_campaign', { campaign: 'C1', vendor: 'none' }, 'This vendor is not here'],
      ['status', { id: 'x'.repeat(32) }, 'This sync is not here'],
      ['start_run', { campaigns: ['C9'] }, 'are not here: “C9”'],
      ['sync_campaign', {}, 'campaign'],
    ] as const) {
      const { text, isError } = await call(tool, args)
      expect([isError, text]).toEqual([true, expect.stringContaining(words)])
    }
    expect(vendor.requests).toEqual([])
  })
})
