// The routes of an app as Express has them: walks the stack of its router and of the routers in it.
import type { Express } from 'express'
import { z } from 'zod'
import type { Need } from '../../../src/identity/identity.ts'
import { declaredNeed } from '../../../src/web/http/needs.ts'

export interface Declaration {
  method: string
  /** As Express matches it: `/runs/:id`, or an expression. */
  path: string
  /** Of the first handler; undefined when it declares nothing. */
  need: Need | undefined
}

const handlerSchema = z.custom<object>((value) => typeof value === 'function')
const layerSchema = z.object({
  handle: handlerSchema,
  route: z
    .object({
      path: z.unknown(),
      stack: z.array(z.object({ method: z.string().optional(), handle: handlerSchema })),
    })
    .optional(),
})
const routerSchema = z.custom<{ stack: unknown[] }>(
  (value) => typeof value === 'function' && 'stack' in value && Array.isArray(value.stack),
)

/** One a route and method. */
export function declarationsOf(app: Express): Declaration[] {
  return routesIn(app.router)
}

function routesIn(router: unknown): Declaration[] {
  const { stack } = routerSchema.parse(router)
  return stack.flatMap((one) => {
    const { handle, route } = layerSchema.parse(one)
    if (route) return routeOf(route)
    return routerSchema.safeParse(handle).success ? routesIn(handle) : []
  })
}

function routeOf({ path, stack }: NonNullable<z.infer<typeof layerSchema>['route']>) {
  const methods = Map.groupBy(stack, ({ method = 'every method' }) => method)
  return [...methods].flatMap(([method, [first]]) =>
    [path].flat().map((one) => ({
      method,
      path: String(one),
      need: first && declaredNeed(first.handle),
    })),
  )
}
