// What a person is told whose link for an approval does not work, or no longer.
import { HttpProblem } from '../../errors.ts'

const ANEW = 'Have the script ask again: it is given a new link.'

function gone(heading: string, text: string, status = 410): HttpProblem {
  return new HttpProblem({ code: 'E-HANDOVER', status, heading, text })
}

export function unknownLink(): HttpProblem {
  return gone(
    'This link leads nowhere',
    `It may have been cut off when it was copied, or it is more than a day old. ${ANEW}`,
    404,
  )
}

export function lateLink(): HttpProblem {
  return gone('This link is too old', `It worked for 15 minutes. Nothing was approved. ${ANEW}`)
}

export function usedLink(isGranted: boolean): HttpProblem {
  return isGranted
    ? gone('This was approved already', 'A link works once. Nothing more was done.')
    : gone('This was refused already', `A link works once. Nothing was synced. ${ANEW}`)
}

export function nothingWaits(): HttpProblem {
  return gone(
    'Nothing waits for this approval any more',
    'It was finished in another way, or dropped. Nothing more was done.',
  )
}

export function notTheirs(): HttpProblem {
  return gone(
    'Somebody else has to approve this',
    'It is for whose script this is, or for somebody with the role approver. Nothing was done.',
    403,
  )
}

export function elsewhere(): HttpProblem {
  return gone(
    'Somebody else is approving this',
    `It was begun in another browser, and only that one can go on. If that was not meant to be: ${ANEW}`,
    403,
  )
}
