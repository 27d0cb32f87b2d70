// What a mutate of google-ads.ts does: one transaction of creations, updates by mask and removals.
import type { z } from 'zod'
import type { Said } from '../stage.ts'
import type { Kit } from './base.ts'
import { type Change, refused, type together } from './google-ads-fields.ts'
import type { Fields } from './memory.ts'

type Kind = 'campaign' | 'budget'

export const kindOf = (
  operation: z.infer<typeof together>['mutateOperations'][number],
): [Kind, Change] =>
  'campaignOperation' in operation
    ? ['campaign', operation.campaignOperation]
    : ['budget', operation.campaignBudgetOperation]

/** One transaction: judged as a whole before anything is written. */
export function mutate(
  kit: Kit,
  customer = '',
  changes: [Kind, Change][],
  validateOnly: boolean | undefined,
  answer: (results: { resourceName: string }[]) => Fields,
): Said {
  if (kit.memory.all().some(({ fields }) => fields.containsEuPoliticalAdvertising === undefined))
    return refused(
      'mutateError',
      'EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED',
      'A campaign of the account lacks the declaration.',
    )
  for (const [kind, each] of changes) {
    const fault = judge(kit, kind, each)
    if (fault) return fault
  }
  if (validateOnly) return { body: {} }
  const made = new Map<string, string>()
  return {
    body: answer(
      changes.map(([kind, each]) => ({ resourceName: apply(kit, kind, customer, each, made) })),
    ),
  }
}

function judge({ memory }: Kit, kind: Kind, each: Change): Said | undefined {
  const target =
    'update' in each ? each.update.resourceName : 'remove' in each ? each.remove : undefined
  if (!('create' in each) && memory.get(target ?? '') === undefined)
    return refused('mutateError', 'RESOURCE_NOT_FOUND', 'Resource was not found.')
  const name = 'create' in each ? each.create.name : 'update' in each ? each.update.name : undefined
  const same = memory
    .all()
    .some(({ id, fields }) => id !== target && fields.name === name && fields.status !== 'REMOVED')
  return kind === 'campaign' && name !== undefined && same
    ? refused(
        'campaignError',
        'DUPLICATE_CAMPAIGN_NAME',
        'A campaign with this name already exists.',
      )
    : undefined
}

function apply(
  kit: Kit,
  kind: Kind,
  customer: string,
  each: Change,
  made: Map<string, string>,
): string {
  if ('remove' in each)
    return kit.memory.update(each.remove, { status: 'REMOVED' }) ? each.remove : ''
  if ('create' in each) {
    const { resourceName = '', ...fields }: Fields = each.create
    const id = make(kit, kind, customer, {
      ...fields,
      campaignBudget: made.get(String(fields.campaignBudget)) ?? fields.campaignBudget,
    })
    made.set(String(resourceName), id)
    return id
  }
  const { resourceName = '' } = each.update
  kit.memory.update(resourceName, masked(each.update, each.updateMask))
  return resourceName
}

/** What the mask does not name stays; what it names and the update lacks is cleared. */
function masked(update: Fields, mask: string): Fields {
  const names = mask
    .split(',')
    .map((name) => name.trim().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()))
  return Object.fromEntries(names.map((name) => [name, update[name]]))
}

export function make({ memory }: Kit, kind: Kind, customer: string, fields: Fields): string {
  const resourceName = `customers/${customer}/${kind === 'campaign' ? 'campaigns' : 'campaignBudgets'}/${memory.nextNumber()}`
  const status = kind === 'campaign' ? { status: 'ENABLED' } : {}
  const whole = { ...status, ...fields, resourceName }
  memory.create(resourceName, whole, {
    kind,
    live: kind === 'campaign' && fields.status !== 'PAUSED',
  })
  return resourceName
}
