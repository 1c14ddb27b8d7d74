// Nets to be visited, lowest first: a binary heap.

export interface NetQueue {
  push(net: number): void
  /** Takes out the lowest; undefined when none is left. */
  pop(): number | undefined
}

export function createNetQueue(): NetQueue {
  const heap: number[] = []
  return {
    push: net => {
      let at = heap.push(net) - 1
      for (let up = (at - 1) >> 1; at > 0 && heap[up]! > net; up = (at - 1) >> 1) {
        heap[at] = heap[up]!
        at = up
      }
      heap[at] = net
    },
    pop: () => {
      const lowest = heap[0]
      const last = heap.pop()
      if (last !== undefined && heap.length > 0) sink(heap, last)
      return lowest
    },
  }
}

/** Puts a net in the place of the lowest. */
function sink(heap: number[], net: number): void {
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++
    if (heap[child]! >= net) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = net
}
