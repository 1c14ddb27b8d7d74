// A priority queue of numbers: highest score first, equal scores by lowest key, so that the order is always the same.

export interface Queue {
  push(score: number, key: number): void
  pop(): { score: number; key: number } | undefined
}

export function createQueue(): Queue {
  const scores: number[] = []
  const keys: number[] = []
  const before = (i: number, j: number) =>
    scores[i]! > scores[j]! || (scores[i] === scores[j] && keys[i]! < keys[j]!)
  const swap = (i: number, j: number) => {
    ;[scores[i], scores[j]] = [scores[j]!, scores[i]!]
    ;[keys[i], keys[j]] = [keys[j]!, keys[i]!]
  }
  const rise = (from: number) => {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!before(at, parent)) return
      swap(at, parent)
      at = parent
    }
  }
  const sink = () => {
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      if (left >= keys.length) return
      const child = left + 1 < keys.length && before(left + 1, left) ? left + 1 : left
      if (!before(child, at)) return
      swap(at, child)
      at = child
    }
  }
  return {
    push: (score, key) => {
      scores.push(score)
      rise(keys.push(key) - 1)
    },
    pop: () => {
      if (keys.length === 0) return undefined
      swap(0, keys.length - 1)
      const top = { score: scores.pop()!, key: keys.pop()! }
      sink()
      return top
    },
  }
}
