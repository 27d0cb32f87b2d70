// Acme's error pages, one for each kind of error.
import type { ErrorRequestHandler } from 'express'
import { z } from 'zod'
import { errors } from './oidc-provider.ts'
import { render } from './render.ts'

/** The page for an error. `appUrl` is where the person came from: Acme's only known app. */
export function failurePage(error: unknown, appUrl: string): { status: number; html: string } {
  if (error instanceof errors.SessionNotFound) {
    const text = 'It was already used, or it took too long. Go back to the app and try again.'
    return { status: 400, html: render('message', { title: 'This sign-in is over', text, appUrl }) }
  }
  if (error instanceof errors.OIDCProviderError && error.expose) {
    const text =
      'The app sent a request that Acme Ads does not accept. Go back to the app and try again.'
    const detail = [error.error, error.error_description].filter(Boolean).join(': ')
    const title = 'Acme Ads cannot go on with this'
    return { status: error.statusCode, html: render('message', { title, text, detail, appUrl }) }
  }
  if (error instanceof z.ZodError) {
    const text = 'Go back and choose a value within the limits named there.'
    return {
      status: 422,
      html: render('message', { title: 'Acme Ads did not understand that form', text }),
    }
  }
  const text = 'Go back to the app and try again.'
  return {
    status: 500,
    html: render('message', { title: 'Something broke at Acme Ads', text, appUrl }),
  }
}

/** Answers with that page; what is Acme's own fault goes to the terminal. */
export function failure(appUrl: string): ErrorRequestHandler {
  return (error, _req, res, _next) => {
    if (res.headersSent || res.socket?.destroyed) return
    const { status, html } = failurePage(error, appUrl)
    if (status === 500) console.error('Acme Ads:', error)
    res.status(status).send(html)
  }
}
