// A setting whose name is misspelled is told at the start; what belongs to others is left alone.
import { expect, test } from 'vitest'
import { unknownSettings } from '../../src/config/settings.ts'

const unknown = (environment: Record<string, string>, inFile: string[] = []) =>
  unknownSettings(environment, inFile, [])

test('a name near to one of ours is told with that one, also of a file that holds it', () => {
  expect(unknown({ REDIS_URI: 'x', SESSION_SECRETS_FILE: 'x' })).toEqual([
    'REDIS_URI is no setting; did you mean "REDIS_URL"?',
    'SESSION_SECRETS_FILE is no setting; did you mean "SESSION_SECRET"?',
  ])
})

test('of the environment nothing else is told, of the .env file everything that nobody reads', () => {
  const environment = {
    HOME: '/',
    LANG: 'C',
    HOSTNAME: 'h',
    FOO: '1',
    PORT: '1',
    DEMO_VENDOR_HOST: 'h',
  }
  expect(unknown(environment)).toEqual([])
  expect(unknown(environment, ['FOO', 'PORT', 'DEMO_VENDOR_HOST'])).toEqual(['FOO is no setting'])
})
