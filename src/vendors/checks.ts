// Checks across the fields of a vendor file: variables are known, hosts have a pattern, no secret is inside.
import type { z } from 'zod'
import { campaignFieldFaults } from './campaign-fields.ts'
import { NAMES, templateFaults } from './fields.ts'
import { choosesHost, choosesPath } from './pattern-checks.ts'
import { type FieldPath, foreignHoles, readableNames, strings } from './template.ts'

interface Variable {
  from: 'config' | 'person' | 'callback' | 'token' | 'step'
  pattern?: string | undefined
  label?: string | undefined
}

interface Checked {
  vars: Record<string, Variable>
  client: { auth: string }
  authorize: { url: string }
  token: { url: string; headers: Record<string, string> }
  lifetime: { refresh: string }
  api: { auth: { name: string }; headers: Record<string, string> }
}

type Issues = z.RefinementCtx

/** Adds an issue, with its path, for each rule that is broken. */
export function crossChecks(file: Checked & object, issues: Issues): void {
  if (file.client.auth !== 'key')
    for (const part of ['authorize', 'token'] as const)
      if (file[part].url === '')
        issues.addIssue({ code: 'custom', path: [part, 'url'], message: 'is required' })
  for (const [name, { from, label }] of Object.entries(file.vars))
    if (from === 'person' && label === undefined)
      issues.addIssue({ code: 'custom', path: ['vars', name, 'label'], message: 'is required' })
  for (const issue of headerFaults(file)) issues.addIssue({ code: 'custom', ...issue })
  for (const [path, value] of strings(file)) {
    for (const message of faultsOf(file, path, value))
      issues.addIssue({ code: 'custom', path, message })
  }
}

/** Headers that would be overwritten, or be empty in one of the requests that send them. */
function headerFaults({ api, token, lifetime }: Checked): { path: FieldPath; message: string }[] {
  const overwritten = Object.keys(api.headers)
    .filter((name) => name.toLowerCase() === api.auth.name.toLowerCase())
    .map((name) => ({
      path: ['api', 'headers', name],
      message: 'is set by api.auth: change its value there',
    }))
  if (lifetime.refresh !== 'use') return overwritten
  const empty = Object.entries(token.headers).flatMap(([name, value]) =>
    templateFaults(value, NAMES.bothGrants).map((fault) => ({
      path: ['token', 'headers', name],
      message: `a refresh sends it too: ${fault}`,
    })),
  )
  return [...overwritten, ...empty]
}

function faultsOf(file: Checked, path: FieldPath, value: string): string[] {
  if (path[0] === 'docs') return []
  const variables = variablesIn(value)
  return [
    ...(isBody(path) ? templateFaults(value, NAMES.body) : []),
    ...variables.flatMap((name) => unknownVariable(file, path, name)),
    ...(path[0] === 'api' ? campaignFieldFaults(path, value) : []),
    ...braceFaults(path, value),
    ...spaceFaults(path, value),
    ...hostFaults(file, path, value),
    ...secretFaults(path, value),
  ]
}

/** Braces of other tools would be sent as they stand. A pattern is a regular expression, with braces of its own. */
function braceFaults(path: FieldPath, value: string): string[] {
  if (path.at(-1) === 'pattern') return []
  return foreignHoles(value).map(
    ({ written, meant }) => `"${written}" is sent as it stands: write "${meant}"`,
  )
}

function spaceFaults(path: FieldPath, value: string): string[] {
  return isAddress(path) && /\s/.test(value) ? ['has a space in it'] : []
}

function isAddress(path: FieldPath): boolean {
  return (
    isRequestPath(path) || ['url', 'baseUrl', 'campaignUrl', 'issuer'].includes(String(path.at(-1)))
  )
}

/** The path of a request, not one into a response. */
function isRequestPath(path: FieldPath): boolean {
  return /^api\.((push|account|find)|(create|update)\.\d+|find\.after\.\d+)\.path$/.test(
    path.join('.'),
  )
}

/** In the body of `api.push`, or of an operation: `api.create.0.body`, `api.find.body`. */
function isBody(path: FieldPath): boolean {
  return path[0] === 'api' && path.slice(2, 4).includes('body')
}

/** A request can use only variables that come before it. */
function unknownVariable({ vars }: Checked, path: FieldPath, name: string): string[] {
  const variable = vars[name]
  if (!variable) {
    const known = Object.keys(vars).map((one) => `\${vars.${one}}`)
    return [`"\${vars.${name}}" is not in vars; known: ${known.join(' ') || 'none'}`]
  }
  const order = ['config', 'person', 'callback', 'token', 'step']
  const latest = { authorize: 1, token: 2 }[String(path[0])] ?? 4
  if (order.indexOf(variable.from) <= latest) return []
  return [`"\${vars.${name}}" is not known yet at this point: it comes from the ${variable.from}`]
}

/** A value from a vendor or campaign must not freely choose the host that gets our secret or token. */
function hostFaults({ vars }: Checked, path: FieldPath, value: string): string[] {
  const isPath = isRequestPath(path)
  if (isPath && /^($|[/?])/.test(value)) return []
  if (isPath && !/^https?:\/\//.test(value)) return ['must begin with / or be a whole URL']
  if (!isPath && !['url', 'baseUrl', 'campaignUrl'].includes(String(path.at(-1)))) return []
  const host = /^(?:[a-z]+:[/\\]*)?[^/\\?#]*/i.exec(value)?.[0] ?? ''
  const isRaw = !isPath && path.at(-1) !== 'campaignUrl'
  const later = isRaw ? personFaults(vars, readableNames(value.slice(host.length))) : []
  const inHost = readableNames(host).flatMap((name) => {
    if (!name.startsWith('vars.'))
      return name === 'client.id' ? [] : [`"\${${name}}" must not name a host`]
    const variable = vars[name.slice(5)]
    if (!variable || variable.from === 'config') return []
    if (variable.pattern !== undefined)
      return choosesHost(value, name, variable.pattern)
        ? [`"\${${name}}" may name any host: say in ${name}.pattern which ones are the vendor’s`]
        : []
    return [
      `"\${${name}}" comes from the ${variable.from} and names a host: ${name} needs a pattern`,
    ]
  })
  return [...inHost, ...later]
}

/** In a URL a value stands as it is: `../other?` would choose where at that host our secret or token goes. */
function personFaults(vars: Checked['vars'], names: string[]): string[] {
  return names.flatMap((name) => {
    const { from, pattern } = vars[name.replace(/^vars\./, '')] ?? {}
    if (from !== 'person') return []
    if (pattern !== undefined)
      return choosesPath(pattern)
        ? [`"\${${name}}" stands in an address as it is: ${name}.pattern must not allow / ? #`]
        : []
    return [
      `"\${${name}}" comes from the person and stands in an address as it is: ${name} needs a pattern`,
    ]
  })
}

function secretFaults(path: FieldPath, value: string): string[] {
  const name = String(path.at(-1))
  const fromElsewhere = 'secrets come from the environment, never from the file'
  if (/^[a-z]+:\/\/[^/]*:[^/]*@/.test(value)) return [`has a password in it: ${fromElsewhere}`]
  if (path[0] === 'vars' || readableNames(value).length > 0) return []
  const inRequest = ['params', 'headers'].includes(String(path.at(-2)))
  const isSecret =
    /secret|password|passwd|private[-_]?key|api[-_]?key|^authorization$|developer-token/i
  return inRequest && isSecret.test(name)
    ? [`looks like a secret: ${fromElsewhere}; name it as \${vars.…}`]
    : []
}

function variablesIn(value: string): string[] {
  return readableNames(value).flatMap((name) => (name.startsWith('vars.') ? [name.slice(5)] : []))
}
