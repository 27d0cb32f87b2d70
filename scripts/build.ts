// Bundles the app into dist/, for the image and the npm package: Node reads few files then, and of a library what is used.
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const ROOT = join(import.meta.dirname, '..')

const bundle = await rolldown({
  cwd: ROOT,
  platform: 'node',
  input: { server: 'src/server.ts', 'cli/main': 'src/cli/main.ts' },
  // oidc-provider is optional, and whoever brings an OpenTelemetry SDK imports the same API.
  external: ['oidc-provider', '@opentelemetry/api'],
  // jsonc-parser's "main" finds its files by a name that no bundler can follow.
  resolve: { mainFields: ['module', 'main'] },
})
await bundle.write({
  dir: join(ROOT, 'dist'),
  cleanDir: true,
  chunkFileNames: 'parts/[name]-[hash].js',
})
await bundle.close()
