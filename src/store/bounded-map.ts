// What a process remembers beside the store, within bounds: a shortcut, and never the authority.

/** A map that begins anew when it is full: whoever looks has to live with finding nothing. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #most: number

  constructor(most: number) {
    super()
    this.#most = most
  }

  override set(key: K, value: V): this {
    if (this.size >= this.#most && !this.has(key)) this.clear()
    return super.set(key, value)
  }
}
