// Checks what the store replied: with anything else (a broken proxy, a connection out of step) the store has failed.

type Check = (reply: unknown) => boolean

export const isText: Check = (reply) => typeof reply === 'string'
export const isNumber: Check = (reply) => typeof reply === 'number' && !Number.isNaN(reply)
export const isTextOrNull: Check = (reply) => reply === null || isText(reply)
const isNumberOrNull: Check = (reply) => reply === null || isNumber(reply)
const listOf =
  (one: Check): Check =>
  (reply) =>
    Array.isArray(reply) && reply.every(one)

export const areTexts = listOf(isText)
export const areTextsOrNull = listOf(isTextOrNull)
export const areNumbersOrNull = listOf(isNumberOrNull)
export const isFields: Check = (reply) =>
  typeof reply === 'object' &&
  reply !== null &&
  !Array.isArray(reply) &&
  Object.values(reply).every(isText)
export const areScored = listOf(
  (one) =>
    typeof one === 'object' &&
    one !== null &&
    'value' in one &&
    isText(one.value) &&
    'score' in one &&
    isNumber(one.score),
)
