// The tokens of one authorization.
import type { Values } from '../vendors/values.ts'

export interface GrantedTokens {
  accessToken?: string | undefined
  refreshToken?: string | undefined
  values?: Values | undefined
}
