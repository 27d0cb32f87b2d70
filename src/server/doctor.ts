// `npm run doctor`: looks at the settings, the files, the store and the address, and says what is wrong and what to do.
import { accessSync, constants, existsSync } from 'node:fs'
import { openCampaigns } from '../campaigns/source.ts'
import { type Config, ConfigError, readConfig } from '../config/config.ts'
import type { Environment } from '../config/settings.ts'
import { unknownSettings } from '../config/settings.ts'
import { createHttp } from '../http/client.ts'
import { listenProblem, probeRedis } from './check-config.ts'

/** `wrong`: it will not start, or people will not get through. `doubtful`: it runs, and somebody should know. */
export interface Diagnosis {
  verdict: 'good' | 'doubtful' | 'wrong'
  text: string
}

const good = (text: string): Diagnosis => ({ verdict: 'good', text })
const doubtful = (text: string): Diagnosis => ({ verdict: 'doubtful', text })
const wrong = (text: string): Diagnosis => ({ verdict: 'wrong', text })

/** Every finding, in the order of a start; like a start it makes the demo's secrets, and changes nothing else. `inFile`: names that the `.env` file sets. */
export async function diagnose(
  environment: Environment,
  inFile: readonly string[],
): Promise<Diagnosis[]> {
  const config = configOrFaults(environment)
  if (Array.isArray(config))
    return [...config.map(wrong), ...unknownSettings(environment, inFile, []).map(doubtful)]
  return [
    good(`the settings can be read; people open ${config.publicUrl}`),
    ...unknownSettings(environment, inFile, config.vendors).map(doubtful),
    ...addressDoubts(config).map(doubtful),
    await campaignsFinding(config),
    await listenFinding(config),
    ...(await storeFindings(config)),
  ]
}

/** Prints the findings and ends the process: 1 when something is wrong. */
export async function doctor(environment: Environment, inFile: readonly string[]): Promise<never> {
  const findings = await diagnose(environment, inFile)
  const signs = { good: '✓', doubtful: '!', wrong: '✗' }
  for (const { verdict, text } of findings) console.log(`${signs[verdict]} ${text}`)
  const isWrong = findings.some(({ verdict }) => verdict === 'wrong')
  console.log(isWrong ? 'Mend what has a ✗.' : 'A vendor is checked by: npm run vendor:check')
  process.exit(isWrong ? 1 : 0)
}

function configOrFaults(environment: Environment): Config | string[] {
  try {
    return readConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

/** Settings that are valid one by one and do not fit together. */
function addressDoubts({ publicUrl, host, trustProxy }: Config): string[] {
  const isHttps = publicUrl.startsWith('https:')
  const isOpen = !['127.0.0.1', '::1', 'localhost'].includes(host)
  return [
    ...(isHttps && trustProxy === 0
      ? [
          'PUBLIC_URL is https and TRUST_PROXY is 0: the app speaks http, so a proxy stands in front; set TRUST_PROXY=1',
        ]
      : []),
    ...(!isHttps && isOpen
      ? [
          `HOST ${host} lets other machines in, but PUBLIC_URL is ${publicUrl}: only this machine can sync`,
        ]
      : []),
  ]
}

async function campaignsFinding({ campaignsFile }: Config): Promise<Diagnosis> {
  try {
    const campaigns = await openCampaigns(campaignsFile, () => {})
    campaigns.close()
    return good(`${campaigns.all().length} campaigns in ${campaignsFile}`)
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error))
  }
}

async function listenFinding({ host, port }: Config): Promise<Diagnosis> {
  const problem = await listenProblem(host, port)
  if (problem === undefined) return good(`${host}:${port} is free`)
  if (await isRunning(port)) return good(`an app runs at port ${port} already and is ready`)
  return wrong(problem)
}

async function isRunning(port: number): Promise<boolean> {
  const http = createHttp(1)
  try {
    const url = `http://127.0.0.1:${port}/readyz`
    const { body } = await http.send({
      method: 'GET',
      url,
      headers: {},
      timeoutMs: 2_000,
      maxBytes: 100,
    })
    return body === 'ok'
  } catch {
    return false
  } finally {
    await http.close()
  }
}

async function storeFindings({ redisUrl, dataDir }: Config): Promise<Diagnosis[]> {
  if (redisUrl === undefined) return [folderFinding(dataDir)]
  const { state, text } = await probeRedis(redisUrl)
  if (state !== 'answers') return [wrong(`REDIS_URL: ${text}`)]
  const { adviceOn } = await import('../store/redis/advice.ts')
  const advice = await adviceOn(redisUrl).catch(() => [
    'INFO is not allowed to this user: unchecked',
  ])
  return [good(`${text} answers`), ...advice.map((line) => doubtful(`Redis: ${line}`))]
}

function folderFinding(dataDir: string): Diagnosis {
  if (!existsSync(dataDir)) return good(`${dataDir} will be made for the embedded store`)
  try {
    accessSync(dataDir, constants.W_OK)
    return good(`the embedded store, one file in ${dataDir}, for one process`)
  } catch {
    return wrong(`DATA_DIR: ${dataDir} cannot be written`)
  }
}
