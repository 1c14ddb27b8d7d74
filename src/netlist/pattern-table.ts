// Counts how often each pair pattern occurs: an open-addressing table from whole numbers to counts, because a
// matrix has millions of pairs.

export interface PatternTable {
  /** Adds `by` to the key's count and returns the new count. */
  change(key: number, by: number): number
  count(key: number): number
  /** All keys counted at least `least` times, in no particular order. */
  keys(least: number): number[]
}

const empty = -1

export function createPatternTable(): PatternTable {
  let keys = new Float64Array(1 << 12).fill(empty)
  let counts = new Int32Array(1 << 12)
  let used = 0
  const slotOf = (key: number): number => {
    const mask = keys.length - 1
    let slot = hash(key) & mask
    while (keys[slot] !== empty && keys[slot] !== key) slot = (slot + 1) & mask
    return slot
  }
  const grow = () => {
    const [oldKeys, oldCounts] = [keys, counts]
    keys = new Float64Array(oldKeys.length * 2).fill(empty)
    counts = new Int32Array(oldKeys.length * 2)
    oldKeys.forEach((key, slot) => {
      if (key === empty) return
      const to = slotOf(key)
      keys[to] = key
      counts[to] = oldCounts[slot]!
    })
  }
  return {
    change: (key, by) => {
      let slot = slotOf(key)
      if (keys[slot] === empty) {
        if (++used * 2 > keys.length) {
          grow()
          slot = slotOf(key)
        }
        keys[slot] = key
      }
      counts[slot]! += by
      return counts[slot]!
    },
    count: key => counts[slotOf(key)]!,
    keys: least => Array.from(keys).filter((key, slot) => key !== empty && counts[slot]! >= least),
  }
}

function hash(key: number): number {
  const high = Math.floor(key / 0x1_0000_0000)
  const mixed = Math.imul((key | 0) ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b)
  return mixed ^ (mixed >>> 15)
}
