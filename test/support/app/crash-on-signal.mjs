// Loaded into the app's process by a test (NODE_OPTIONS): SIGUSR2 is an error nobody catches, with secrets in its members.
process.on('SIGUSR2', () => {
  const secret = process.env.CRASH_CANARY
  throw Object.assign(new Error('a surprise'), {
    token: secret,
    request: { headers: { authorization: secret } },
  })
})
