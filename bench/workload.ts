// What every app is asked to do: this client of the vendor, these campaigns.

/** Letters only: libraries differ in how they encode anything else for Basic authentication. */
export const CLIENT = { id: 'bench', secret: 'benchsecret' }

/** Of the load; sessions share them, as people do. */
export const CAMPAIGNS = 2_000

const items = Array.from({ length: 10 }, (_, index) => ({
  product: `P-${2_000 + index}`,
  title: `Spring collection, part ${index + 1}`,
  price: 19.9 + index,
  audience: ['newsletter', 'returning customers'],
  link: `https://shop.example/collections/spring/${2_000 + index}?from=campaign`,
}))

/** Campaign `c<index>`: about 2 KB of JSON. */
export function campaign(id: string) {
  return {
    id,
    name: `Campaign ${id}`,
    type: 'Email',
    status: 'Planned',
    startDate: '2027-03-01',
    endDate: '2027-03-31',
    budget: 12_000,
    currency: 'EUR',
    owner: 'Dana',
    items,
  }
}

/** The first `count` campaigns; those that nobody syncs are short, for a file may have 50 MB. */
export function campaigns(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const { items, ...short } = campaign(`c${index}`)
    return index < CAMPAIGNS ? { ...short, items } : short
  })
}
