// The start: read the settings, join the parts, listen, say so, and stop in good order.
import { createApp } from './app.ts'
import { changingVendors, envFile, environment, readConfig } from './config/config.ts'
import { unknownSettings } from './config/settings.ts'
import { createContext } from './context.ts'
import { checkConfig } from './server/check-config.ts'
import { doctor } from './server/doctor.ts'
import {
  endOnSecondInterrupt,
  endOnSurprise,
  giveUp,
  introduce,
  logCutOff,
  startDemo,
  stopSignal,
} from './server/lifecycle.ts'
import { listen } from './server/listen.ts'

try {
  const inFile = Object.keys(envFile())
  if (process.argv.includes('--doctor')) await doctor(environment(), inFile)
  const config = readConfig(environment())
  for (const line of unknownSettings(environment(), inFile, config.vendors)) console.error(line)
  if (process.argv.includes('--check-config')) await checkConfig(config)
  const context = await createContext(config, undefined, changingVendors(environment()))
  endOnSurprise(context.log)
  const demo = config.demo && (await startDemo(config, config.demo))
  const server = await listen(createApp(context), config)
  introduce(config, context.store.description)

  await stopSignal(environment().npm_lifecycle_event !== undefined)
  endOnSecondInterrupt(context.log, server.underWay)
  context.leaving = true
  const [cutOff] = await Promise.all([server.stop(), context.runs.close()])
  logCutOff(context.log, cutOff)
  await demo?.close()
  await context.close()
  process.exit(cutOff > 0 ? 1 : 0) // what has not ended by now is found again at the next start
} catch (error) {
  giveUp(error)
}
