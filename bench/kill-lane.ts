// One press in which the app dies, is started again, and the person comes back.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../test/support/app/free-port.ts'
import type { App } from './apps.ts'
import type { Engine } from './engines.ts'
import { createWatch, type Phase, type Watch, type Where } from './kill-watch.ts'
import { ALL_CORES } from './machine.ts'
import { type Running, start } from './processes.ts'
import { type From, type Relay, startRelay } from './relay.ts'
import { createVisitor, type Said, type Visitor } from './visitor.ts'

export interface Death {
  phase: Phase
  /** Idempotency-Keys of the pushes that the vendor applied, before anybody came back and in the end. */
  alone: string[]
  pushes: string[]
  /** What the person was told in the end; undefined when nothing. */
  said: Said | undefined
}

/** What lanes share. */
export interface Stage {
  redisPort: number
  vendorPort: number
  engine: Engine | undefined
  /** Keys of the pushes of a campaign, in order. */
  ledger(campaign: string): string[]
  campaignsFile: string
  /** Writes the vendor file of ours. */
  vendorFile(vendorUrl: string): string
  folder: string
  log: string
  /** Few apps start at once. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
}

export interface Lane {
  /** The lane's own: of its campaign, its Redis database and its data in an engine. */
  number: number
  /** The message at which the app dies; without one the messages are only counted. */
  step?: number
  /** How long nobody comes back. */
  aloneMs: number
}

/** What was on its way when the app died arrives all the same. */
const ARRIVED_AFTER_MS = 100
/** ms after which a person presses reload again, waits for an answer, and gives up. */
const AGAIN_MS = 1_000
const ANSWERED_WITHIN_MS = 25_000
const GIVEN_UP_AFTER_MS = 30_000

/** Plays the press; `death` is undefined when the app did not die of it. */
export async function playLane(stage: Stage, app: App, { number, step, aloneMs }: Lane) {
  const campaign = `c${number}`
  const watch = createWatch(step ?? Number.POSITIVE_INFINITY)
  const relays: Relay[] = []
  const relayTo: RelayTo = async (port, where, isTurned = false) => {
    const other = { app: 'server', server: 'app' } as const
    const hears = (from: From) => watch.hears(where, isTurned ? other[from] : from)
    const relay = await startRelay(port, hears)
    relays.push(relay)
    return relay.port
  }
  const press = randomUUID()
  let run: Running | undefined
  try {
    const { earlier, visitor } = await stage.inTurn(async () => {
      const program = await programOf(stage, app, number, relayTo)
      const visitor = createVisitor({ origins: [program.origin], method: app.method }, campaign)
      run = await start(program)
      await visitor.dance()
      await visitor.press(randomUUID()) // with every connection open, as they are after the first one
      const earlier = stage.ledger(campaign).length
      if (await diesOf(visitor, press, watch, run)) {
        if (stage.ledger(campaign).length > earlier) watch.isKnownToHaveLeft()
        run = await start(program)
      }
      return { earlier, visitor }
    })
    const { phase } = watch
    if (phase === undefined) return { watch, death: undefined }
    await wait(aloneMs)
    const alone = stage.ledger(campaign).slice(earlier)
    const said = await comeBack(visitor, press)
    const death: Death = { phase, alone, pushes: stage.ledger(campaign).slice(earlier), said }
    return { watch, death }
  } finally {
    await run?.stop()
    for (const relay of relays) await relay.stop()
  }
}

/** Gives the port of a relay; `isTurned`: the app is the server there. */
type RelayTo = (port: number, where: Where, isTurned?: boolean) => Promise<number>

/** The app, with a relay before everything it talks to. */
async function programOf(stage: Stage, app: App, number: number, relayTo: RelayTo) {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const vendor = `http://127.0.0.1:${await relayTo(stage.vendorPort, 'vendor')}`
  const redis = `redis://127.0.0.1:${await relayTo(stage.redisPort, 'store')}/${number}`
  const { campaignsFile, engine, folder, log } = stage
  const vendorFile = stage.vendorFile(vendor)
  const around = { port, origin, vendor, redis, campaignsFile, vendorFile }
  const environment = app.environment(around)
  if (engine) {
    const reached = await relayTo(engine.port, 'store')
    Object.assign(environment, await engine.environment(number, reached))
  }
  if (environment.SERVICE_PORT) {
    const servicePort = await relayTo(Number(environment.SERVICE_PORT), 'store', true)
    environment.SERVICE_URL = `http://127.0.0.1:${servicePort}`
  }
  const command = ['node', app.file]
  return { command, folder, environment, cores: ALL_CORES, ready: origin + app.ready, log, origin }
}

/** Presses while the watch counts. */
async function diesOf(visitor: Visitor, press: string, watch: Watch, run: Running) {
  const died = Promise.withResolvers<void>()
  watch.begin(() => void run.kill().then(died.resolve, died.reject))
  await responseTo(visitor, press)
  watch.end()
  if (watch.phase === undefined) return false
  await died.promise
  await wait(ARRIVED_AFTER_MS)
  return true
}

/** The same press again until the app says how it ended. */
async function comeBack(visitor: Visitor, press: string): Promise<Said | undefined> {
  const until = performance.now() + GIVEN_UP_AFTER_MS
  let said: Said | undefined
  do {
    said = await responseTo(visitor, press)
    if (said === 'synced' || said === 'uncertain') return said
    await wait(AGAIN_MS)
  } while (performance.now() < until)
  return said
}

/** Undefined when there is none: the process died, or took too long. */
function responseTo(visitor: Visitor, press: string): Promise<Said | undefined> {
  const late = wait(ANSWERED_WITHIN_MS, undefined, { ref: false })
  return Promise.race([visitor.press(press).catch(() => undefined), late])
}
