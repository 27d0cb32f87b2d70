// Names that look like a setting and are none: a typing error here would else go unnoticed.
import { didYouMean } from '../vendors/closest.ts'
import { environmentPrefix } from '../vendors/load.ts'
import type { Vendor } from '../vendors/vendor.ts'
import { type Environment, settings } from './settings.ts'

/** Read by the demo vendor, and at home in the same file. */
const OF_THE_DEMO = [
  'DEMO_VENDOR_HOST',
  'DEMO_VENDOR_HOST_BIND',
  'DEMO_VENDOR_PUBLIC_URL',
  'DEMO_CLIENT_ID',
  'DEMO_CLIENT_SECRET',
  'DEMO_REDIRECT_URIS',
]
const OF_NODE = /^(NODE_|SSL_CERT_|HTTPS?_PROXY$|NO_PROXY$|TZ$)/

/**
 * A line for each: `REDIS_URI is no setting; did you mean "REDIS_URL"?`. Of the environment, which belongs to others as
 * well, only names that are near to one of ours; of the `.env` file (`inFile`) every name that nobody reads.
 */
export function unknownSettings(
  environment: Environment,
  inFile: readonly string[],
  vendors: readonly Vendor[],
): string[] {
  const prefixes = vendors.map(({ id }) => environmentPrefix(id))
  const known = [
    ...Object.keys(settings.shape),
    ...OF_THE_DEMO,
    ...prefixes.flatMap((prefix) => [
      `${prefix}CLIENT_ID`,
      `${prefix}CLIENT_SECRET`,
      `${prefix}PRIVATE_KEY`,
    ]),
  ]
  return Object.keys(environment).flatMap((name) => {
    const plain = name.replace(/_FILE$/, '')
    if (known.includes(plain)) return []
    const meant = didYouMean(plain, known)
    const isOthers = OF_NODE.test(name) || prefixes.some((prefix) => name.startsWith(prefix))
    if (meant === '' && (isOthers || !inFile.includes(name))) return []
    return [`${name} is no setting${meant}`]
  })
}
