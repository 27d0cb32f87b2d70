// `npm run screenshots`, second part: joins them into docs/tour.png, one moving picture (APNG: PNG specification, third edition, §11.3.4).
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

const DOCS = join(import.meta.dirname, '..', 'docs')
/** The screenshots in their order, and how long each is shown, in ms. */
const FRAMES = [
  ['first-light', 2_500],
  ['connect-light', 2_500],
  ['consent-light', 2_000],
  ['synced-light', 4_000],
] as const
const SIGNATURE = 8

let sequence = 0
const frames = FRAMES.map(([name, ms]) => ({
  ms,
  chunks: chunksOf(readFileSync(join(DOCS, 'screenshots', `${name}.png`))),
}))
const header = dataOf(frames[0]?.chunks ?? [], 'IHDR')
writeFileSync(
  join(DOCS, 'tour.png'),
  Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('acTL', numbers(FRAMES.length, 0)),
    ...frames.flatMap(({ ms, chunks }, index) => frame(chunks, ms, index === 0)),
    chunk('IEND', Buffer.alloc(0)),
  ]),
)

/** The control chunk of a frame and its pixels; the first one's are what a viewer shows that knows no motion. */
function frame(chunks: Chunk[], ms: number, isFirst: boolean): Buffer[] {
  if (!dataOf(chunks, 'IHDR').equals(header)) throw new Error('the screenshots differ in size')
  const time = Buffer.from([ms >> 8, ms & 255, 1000 >> 8, 1000 & 255, 0, 0])
  const control = Buffer.concat([numbers(sequence++), header.subarray(0, 8), numbers(0, 0), time])
  const pixels = dataOf(chunks, 'IDAT')
  const data = isFirst
    ? chunk('IDAT', pixels)
    : chunk('fdAT', Buffer.concat([numbers(sequence++), pixels]))
  return [chunk('fcTL', control), data]
}

interface Chunk {
  type: string
  data: Buffer
}

function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = []
  for (let at = SIGNATURE; at < png.length; ) {
    const length = png.readUInt32BE(at)
    chunks.push({
      type: png.toString('latin1', at + 4, at + 8),
      data: png.subarray(at + 8, at + 8 + length),
    })
    at += 12 + length
  }
  return chunks
}

function dataOf(chunks: Chunk[], type: string): Buffer {
  return Buffer.concat(chunks.filter((one) => one.type === type).map(({ data }) => data))
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  return Buffer.concat([numbers(data.length), body, numbers(crc32(body))])
}

/** Each as four bytes, most significant first. */
function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, index) => void bytes.writeUInt32BE(value, 4 * index))
  return bytes
}
