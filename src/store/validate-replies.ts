// What a store may answer to each command: anything else (a broken proxy, a connection out of step) is a store that failed.

type Check = (reply: unknown) => boolean

export const text: Check = (reply) => typeof reply === 'string'
export const number: Check = (reply) => typeof reply === 'number' && !Number.isNaN(reply)
export const textOrNone: Check = (reply) => reply === null || text(reply)
const numberOrNone: Check = (reply) => reply === null || number(reply)
const listOf =
  (one: Check): Check =>
  (reply) =>
    Array.isArray(reply) && reply.every(one)

export const texts = listOf(text)
export const textsOrNone = listOf(textOrNone)
export const numbersOrNone = listOf(numberOrNone)
export const fields: Check = (reply) =>
  typeof reply === 'object' &&
  reply !== null &&
  !Array.isArray(reply) &&
  Object.values(reply).every(text)
export const scored = listOf(
  (one) =>
    typeof one === 'object' &&
    one !== null &&
    'value' in one &&
    text(one.value) &&
    'score' in one &&
    number(one.score),
)
