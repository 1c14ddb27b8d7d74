// Puts what reads one another in topological order, keeping the order given wherever it is one already.

/** Each after those it reads; undefined for those that wait for one another for ever. */
export function inOrder<T>(
  items: readonly T[],
  readsOf: (item: T) => readonly T[],
): readonly T[] | undefined {
  const places = new Map(items.map((item, k) => [item, k]))
  const readers = items.map((): number[] => [])
  const missing = items.map((item, k) => {
    const reads = new Set(readsOf(item).map(read => places.get(read)!))
    for (const read of reads) readers[read]!.push(k)
    return reads.size
  })
  const ready = [...items.keys()].filter(k => missing[k] === 0).reverse()
  const sorted: T[] = []
  while (ready.length > 0) {
    const next = ready.pop()!
    sorted.push(items[next]!)
    for (const reader of readers[next]!) {
      missing[reader]!--
      if (missing[reader] === 0) insert(ready, reader)
    }
  }
  return sorted.length === items.length ? sorted : undefined
}

/** Into numbers that fall. */
function insert(falling: number[], value: number): void {
  let [low, high] = [0, falling.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (falling[middle]! > value) low = middle + 1
    else high = middle
  }
  falling.splice(low, 0, value)
}
