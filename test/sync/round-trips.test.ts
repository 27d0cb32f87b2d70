// How often a sync waits for the store, and how many commands it sends: counted at the port, where one call is one command.
import { expect, test } from 'vitest'
import type { TestApp } from '../support/app/app.ts'
import { sync } from '../support/scene/authorization.ts'
import { scenes } from '../support/scene/scene.ts'

const { begin } = scenes('redis')

const METHODS = [
  'step',
  'stepIf',
  'batch',
  'get',
  'set',
  'getDel',
  'del',
  'incr',
  'expire',
  'hSet',
  'hGetAll',
  'hMGet',
  'hDel',
  'lPush',
  'zAdd',
] as const

/** Counts commands, and as waits those that begin while no other is under way. */
function countCommands({ context }: TestApp) {
  const counted = { commands: 0, waits: 0, under: 0, names: [] as string[] }
  const store: Record<string, (...args: unknown[]) => Promise<unknown>> = Object(context.store)
  for (const name of METHODS) {
    const method = store[name]
    if (!method) continue
    store[name] = async (...args) => {
      counted.commands += 1
      counted.names.push(
        `${counted.under === 0 ? '| ' : ''}${name} ${JSON.stringify(args).slice(0, 90)}`,
      )
      if (counted.under === 0) counted.waits += 1
      counted.under += 1
      try {
        return await method(...args)
      } finally {
        counted.under -= 1
      }
    }
  }
  return counted
}

test('a warm sync waits for the store twice, and sends three commands', async () => {
  const { app, person } = await begin({ environment: { RATE_LIMIT: '0' } })
  await sync(person, 'C1')
  const page = await person.open('/campaigns/C1')
  const counted = countCommands(app)
  const end = await person.press(page, 'Sync Spring launch')
  expect(end.status).toBe(303)
  expect([counted.waits, counted.commands]).toEqual([2, 3])
})

test('a first authorization waits for the store nine times at most, and sends fifteen commands', async () => {
  const { app, person } = await begin({ environment: { RATE_LIMIT: '0' } })
  const page = await person.open('/campaigns/C1')
  const counted = countCommands(app)
  const pressed = await person.press(page, 'Sync Spring launch')
  // Without the page that explains the first one.
  const connect = await person.get(`${pressed.next?.pathname}${pressed.next?.search}&continue=1`)
  const last = await person.follow(connect, ({ pathname }) => pathname === '/campaigns/C1')
  expect([last.status, last.next?.pathname]).toEqual([303, '/campaigns/C1'])
  expect(counted.waits).toBeLessThanOrEqual(9) // steps that go side by side may begin in one wait or in two
  expect(counted.commands).toBe(15)
})
