// What a start says of the vendors, for whoever runs the app.
import { randomBytes } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { readConfig } from '../../src/config/config.ts'
import { introduce } from '../../src/server/lifecycle.ts'

test('a start names the vendors that have no draft, and those without PKCE', () => {
  const config = readConfig({
    VENDORS: 'slack,x',
    PUBLIC_URL: 'https://sync.example.com',
    SESSION_SECRET: randomBytes(32).toString('base64'),
    ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
    SLACK_CLIENT_ID: 'c',
    SLACK_CLIENT_SECRET: 's',
    SLACK_CHANNEL: 'C0123456',
    X_CLIENT_ID: 'c',
    X_CLIENT_SECRET: 's',
  })
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  introduce(config, 'a store')
  const said = log.mock.calls.join('')
  log.mockRestore()
  expect(said.match(/what is synced there is public at once/g)).toHaveLength(2)
  expect(said.match(/without PKCE/g)).toHaveLength(1)
})
