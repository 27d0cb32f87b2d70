// How the lab's visitors use this app: there are as many campaigns as its file has, so people share them.
import { CAMPAIGNS } from './workload.ts'

export default {
  begin(user) {
    user.id = `c${Number(user.id.slice(1)) % CAMPAIGNS}`
  },
}
