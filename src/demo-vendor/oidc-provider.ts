// The one place that loads oidc-provider, so that its notice about the runtime stays out of the terminal.
// It calls every Node that is not yet marked LTS "unsupported", at import and with no setting to turn off.
const { warn } = console
console.warn = (...words: unknown[]) => {
  if (!String(words[0]).includes('Unsupported runtime')) warn(...words)
}
const library = await import('oidc-provider')
console.warn = warn

export const Provider = library.default
export type Provider = InstanceType<typeof Provider>
/** The library's errors: thrown inside it, they become standard OAuth error responses. */
export const errors = library.errors
