// What a store may answer to each command: anything else (a broken proxy, a connection out of step) is a store that failed.

type Check = (answer: unknown) => boolean

export const text: Check = (answer) => typeof answer === 'string'
export const number: Check = (answer) => typeof answer === 'number' && !Number.isNaN(answer)
export const textOrNone: Check = (answer) => answer === null || text(answer)
const numberOrNone: Check = (answer) => answer === null || number(answer)
const listOf =
  (one: Check): Check =>
  (answer) =>
    Array.isArray(answer) && answer.every(one)

export const texts = listOf(text)
export const textsOrNone = listOf(textOrNone)
export const numbersOrNone = listOf(numberOrNone)
export const fields: Check = (answer) =>
  typeof answer === 'object' && answer !== null && !Array.isArray(answer) && Object.values(answer).every(text)
export const scored = listOf(
  (one) =>
    typeof one === 'object' &&
    one !== null &&
    'value' in one &&
    text(one.value) &&
    'score' in one &&
    number(one.score),
)
