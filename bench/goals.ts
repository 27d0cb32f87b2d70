// Our goals: beside the best peer that promises nothing, beside each peer that promises what we do, and on our own.
import { type Measured, middle, nameOf, type Pick, ratio, row, short } from './compare.ts'

interface Goal {
  name: string
  value: number
  bound: number
  kind: 'least' | 'most'
}

/** Every goal that the measured apps let us judge, as a table. */
export function goals(all: Measured[]): string {
  const ours = all.find(({ name }) => name === nameOf.ours)
  if (!ours) return 'Ours was not measured.'
  const others = all.filter(({ name }) => name !== nameOf.floor && !name.startsWith(nameOf.ours))
  const lines = [
    ...besideBest(
      ours,
      others.filter(({ isDurable }) => !isDurable),
    ),
    ...others.filter(({ isDurable }) => isDurable).flatMap((peer) => besideDurable(ours, peer)),
    ...alone(ours),
  ].map(line)
  return [row(['goal', 'at', 'ours', 'reached']), row(['---', '---', '---', '---']), ...lines].join(
    '\n',
  )
}

/** The best in one figure need not be the best in another. */
function besideBest(ours: Measured, peers: Measured[]): Goal[] {
  if (peers.length === 0) return []
  const beside = (name: string, bound: number, pick: Pick): Goal => {
    const [best] = peers.toSorted((a, b) => middle(a, pick) - middle(b, pick))
    const value = best ? ratio(ours, best, pick) : Number.NaN
    return { name: `${name} ÷ ${best?.name}`, value, bound, kind: 'most' }
  }
  const far = Math.min(...peers.map(({ trips }) => trips.farMs))
  return [
    beside('warm sync CPU', 1.15, (one) => one.warm.cpu),
    beside('dance CPU', 1.25, (one) => one.dance.cpu),
    beside('warm sync CPU with Redis’s', 1.15, (one) => one.warm.cpuAll),
    beside('p99 at 32 at once', 1.2, (one) => one.warm.p99),
    beside('RSS loaded', 1.1, (one) => one.loadedMb),
    beside('start', 1, (one) => one.startMs),
    { name: 'far ms ÷ best', value: ours.trips.farMs / far, bound: 1, kind: 'most' },
  ]
}

function besideDurable(ours: Measured, peer: Measured): Goal[] {
  const rate = ratio(ours, peer, (one) => one.warm.rate)
  const cpu = ratio(ours, peer, (one) => one.warm.cpuAll)
  return [
    { name: `warm syncs/s, × ${peer.name}`, value: rate, bound: 3, kind: 'least' },
    { name: `warm sync all CPU ÷ ${peer.name}`, value: cpu, bound: 1 / 3, kind: 'most' },
  ]
}

function alone(ours: Measured): Goal[] {
  const { warm, dance } = ours.trips
  return [
    { name: 'waits in a warm sync', value: warm.waits, bound: 2, kind: 'most' },
    { name: 'commands sent in a warm sync', value: warm.sent, bound: 4, kind: 'most' },
    { name: 'waits in a dance', value: dance.waits, bound: 9, kind: 'most' },
    { name: 'commands sent in a dance', value: dance.sent, bound: 18, kind: 'most' },
    {
      name: 'bytes a session',
      value: middle(ours, (one) => one.bytes),
      bound: 1_200,
      kind: 'most',
    },
  ]
}

function line({ name, value, bound, kind }: Goal): string {
  const isReached = kind === 'least' ? value >= bound : value <= bound
  return row([name, `${kind} ${short(bound)}`, short(value), isReached ? 'yes' : '**no**'])
}
