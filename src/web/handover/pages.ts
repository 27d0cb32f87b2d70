// The pages of a hand-over: the question, the confirmation after the vendor, and how it ended.
import type { Request, Response } from 'express'
import type { AccountChoice } from '../../access/accounts.ts'
import type { Handover } from '../../access/handovers.ts'
import type { Context } from '../../context.ts'
import type { Action } from '../../errors.ts'
import { questionsOf } from '../../vendors/values.ts'
import { commonPage } from '../page/page.ts'
import type { AskedField, Page } from '../page/view-models.ts'
import { type Asked, handoverPath } from './open.ts'

export interface HandoverPage extends Page {
  heading: string
  /** What happens by the button, or what has happened. */
  text: string
  names: string[]
  facts: { label: string; value?: string; at?: string }[]
  /** What the vendor will be asked for; with an API key nothing is. */
  permissions: string[]
  actions: Action[]
  /** Where the person has to say something: an API key at a vendor without OAuth, a value of their own. */
  form?: {
    approve: Action
    asked: AskedField[]
    isKey: boolean
    isRefused: boolean
  }
}

/** Asks whether to approve. The secret of the link is a field of the form. */
export async function showQuestion(
  context: Context,
  req: Request,
  res: Response,
  asked: Asked,
  secret: string,
  { fields: said, isKeyRefused = false }: { fields?: AskedField[]; isKeyRefused?: boolean } = {},
): Promise<void> {
  const { vendor, name } = asked
  const fields = { handover: secret }
  const isKey = vendor.client.auth === 'key'
  const refuse = { label: 'Refuse', post: '/handover', fields: { ...fields, refuse: '1' } }
  const ofPerson = said ?? questionsOf(vendor)
  const approve: Action = {
    label: isKey ? 'Approve with this key' : `Approve at ${vendor.name}`,
    post: '/handover',
    fields,
    primary: true,
  }
  await show(context, req, res, {
    heading: `Approve access to ${vendor.name}?`,
    text: `A script wants to sync ${name} and has no access yet. If you approve, it may use your access at ${vendor.name} for ${coverOf(vendor)} until the access ends. Approve only if you know of it.`,
    names: [name],
    facts: factsOf(asked),
    permissions: isKey ? [] : vendor.authorize.permissions,
    ...(isKey || ofPerson.length > 0
      ? {
          actions: [refuse],
          form: { approve, asked: ofPerson, isKey, isRefused: isKeyRefused },
        }
      : { actions: [approve, refuse] }),
  })
}

/** What an approval is good for, as long as it lasts. */
function coverOf({ tokenPer }: Asked['vendor']): string {
  return tokenPer === 'session' ? 'this and for all it syncs there' : 'this'
}

/** Asks once more, after the vendor, where the browser may not be the one that asked, or another account has approved. */
export async function showConfirmation(
  context: Context,
  req: Request,
  res: Response,
  asked: Asked,
  { account, before }: AccountChoice,
): Promise<void> {
  const { handover, vendor, name } = asked
  const post = handoverPath(handover)
  const isOther = account.id !== before.id
  const earlier = isOther ? ` Earlier syncs of this script used ${before.name}.` : ''
  await show(context, req, res, {
    heading: `Let the script use ${account.name}?`,
    text: `You approved at ${vendor.name} as ${account.name}.${earlier} Nothing has been sent yet: ${name} is synced when you say yes.`,
    names: [account.name, before.name, name],
    facts: factsOf(asked),
    permissions: [],
    actions: [
      { label: `Yes, sync as ${account.name}`, post, fields: { choice: 'use' }, primary: true },
      { label: 'No, give the access back', post, fields: { choice: 'refuse' } },
    ],
  })
}

/** How it stands after the vendor; `again` where the person may still try. */
export async function showEnd(
  context: Context,
  req: Request,
  res: Response,
  handover: Handover,
  outcome: Pick<HandoverPage, 'heading' | 'text' | 'names'>,
  isOpen: boolean,
): Promise<void> {
  const vendor = context.vendor(handover.vendor)
  const name = outcome.names[0] ?? ''
  const again = { label: 'Try again', post: handoverPath(handover), fields: { choice: 'again' } }
  await show(context, req, res, {
    ...outcome,
    facts: factsOf({ handover, vendor, name, ownPath: '' }),
    permissions: [],
    actions: isOpen ? [again] : [],
  })
}

function factsOf({ handover, vendor, name }: Asked): HandoverPage['facts'] {
  return [
    { label: 'What', value: name },
    { label: 'Where', value: vendor.name },
    { label: 'Asked by', value: handover.asker },
    { label: 'Asked at', at: new Date(handover.at).toISOString() },
  ]
}

async function show(
  context: Context,
  req: Request,
  res: Response,
  model: Omit<HandoverPage, 'title' | 'path' | 'connections'>,
): Promise<void> {
  const about = { title: model.heading, path: '/handover' }
  const page = await commonPage(context, req, res, about)
  res.set('Referrer-Policy', 'no-referrer')
  res.render('handover', { ...page, ...model } satisfies HandoverPage)
}
