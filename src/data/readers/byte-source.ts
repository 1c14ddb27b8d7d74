// Bytes that are read where they are needed: a file larger than the memory, or bytes at hand.

export interface ByteSource {
  /** What errors call it. */
  readonly name: string
  /** In bytes. */
  readonly size: number
  /** `length` bytes from `from`; fewer only at the end. */
  read(from: number, length: number): Promise<Uint8Array>
}

export function bytesAtHand(name: string, bytes: Uint8Array): ByteSource {
  return { name, size: bytes.length, read: async (from, length) => bytes.subarray(from, from + length) }
}

/** Reads records of one size by their indices: what stands side by side comes in one go. */
export async function readRecords(
  source: ByteSource,
  { start, size }: { readonly start: number; readonly size: number },
  indices: Uint32Array,
  take: (bytes: Uint8Array, at: number) => void,
): Promise<void> {
  const order = Uint32Array.from(indices, (_, k) => k).sort((a, b) => indices[a]! - indices[b]!)
  for (let k = 0; k < order.length; ) {
    let next = k + 1
    while (next < order.length && indices[order[next]!]! - indices[order[next - 1]!]! <= 1) next++
    const first = indices[order[k]!]!
    const last = indices[order[next - 1]!]!
    const bytes = await source.read(start + first * size, (last - first + 1) * size)
    for (; k < next; k++) {
      const from = (indices[order[k]!]! - first) * size
      take(bytes.subarray(from, from + size), order[k]!)
    }
  }
}
