// While the store is away pages show what the file holds, and claim nothing.
import { StoreError } from '../../store/open.ts'

/** What was asked of the store; undefined when it cannot answer. Other errors stay errors. */
export async function readable<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof StoreError) return undefined
    throw error
  }
}
