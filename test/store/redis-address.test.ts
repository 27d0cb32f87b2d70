// What REDIS_URL may say: one server, a cluster, sentinels; anything else is refused in a line that repeats nothing of it.
import { expect, test } from 'vitest'
import { readRedisUrl } from '../../src/store/redis/address.ts'

const at = (host: string, port: number) => ({ host, port })

test.each([
  ['redis://localhost', 'one', [at('localhost', 6379)], 'Redis at localhost:6379'],
  ['redis://:pw@[::1]:7000/3', 'one', [at('::1', 7000)], 'Redis at [::1]:7000/3'],
  ['rediss://h:1', 'one', [at('h', 1)], 'Redis at h:1 with TLS'],
  [
    'redis+cluster://a,b:7001',
    'cluster',
    [at('a', 6379), at('b', 7001)],
    'Redis Cluster at a:6379, b:7001',
  ],
  ['rediss+cluster://u:p@a:1', 'cluster', [at('a', 1)], 'Redis Cluster at a:1 with TLS'],
  [
    'redis+sentinel://a,b:1/main',
    'sentinel',
    [at('a', 26379), at('b', 1)],
    'Redis main of the sentinels at a:26379, b:1',
  ],
  [
    'rediss+sentinel://:s@a/main/2',
    'sentinel',
    [at('a', 26379)],
    'Redis main of the sentinels at a:26379/2 with TLS',
  ],
])('reads "%s"', (url, kind, nodes, description) => {
  expect(readRedisUrl(url)).toMatchObject({ kind, nodes, description })
})

test('reads names and passwords, for the servers and for the sentinels', () => {
  const url =
    'redis+sentinel://ann:a%40b%3A:c@s/main/2?sentinel_username=bob&sentinel_password=x%26y'
  expect(readRedisUrl(url)).toMatchObject({
    login: { username: 'ann', password: 'a@b::c' },
    sentinelLogin: { username: 'bob', password: 'x&y' },
    master: 'main',
    database: 2,
    tls: false,
  })
  expect(readRedisUrl('redis://h').login).toEqual({})
  expect(readRedisUrl('redis://:only@h').login).toEqual({ password: 'only' })
})

test.each([
  ['', /^must be redis:/],
  ['localhost:6379', /^must be redis:/],
  ['redis:localhost', /^must be redis:/],
  ['redis://', /^must be redis:/],
  ['redis:///0', /^must be redis:/],
  ['http://localhost:6379', /^must be redis:/],
  ['redis://:s3cret@localhost:port', /^must be redis:/],
  ['redis://:s3/cret@localhost', /^must be redis:/],
  ['redis://:s3%cret@localhost', /^must be redis:/],
  ['redis://:s3cret@localhost/name', /^must be redis:/],
  ['redis://:s3@a,b', /several hosts need redis\+cluster or redis\+sentinel$/],
  ['redis+cluster://:s3@a,b/1', /a cluster has no databases$/],
  ['redis+sentinel://:s3@a,b', /the name of their master is missing$/],
  ['redis+sentinel://:s3@a,b/main/x', /^must be redis:/],
  ['redis+sentinel://:s3@a,,b/main', /^must be redis:/],
  ['redis://:s3@a?db=2', /it has an option that is not known$/],
])('does not take "%s"', (url, message) => {
  expect(() => readRedisUrl(url)).toThrow(message)
  expect(() => readRedisUrl(url)).not.toThrow(/s3|\n/)
})
