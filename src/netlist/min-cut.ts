// The cheapest way to divide a directed graph in two (Dinic's maximum flow).

export interface FlowGraph {
  /** Adds a node and returns its number. */
  node(): number
  /** An edge that costs `capacity` where it leads from the source's side to the sink's; nothing the other way round. */
  edge(from: number, to: number, capacity: number): void
  /** 1 for every node on the source's side of a cheapest cut: of all of them the one with the fewest there. */
  cut(): Uint8Array
}

export const source = 0
export const sink = 1

/** A graph with its source and its sink. */
export function createFlowGraph(): FlowGraph {
  const first: number[] = [-1, -1]
  const next: number[] = []
  const to: number[] = []
  const rest: number[] = []
  const half = (from: number, into: number, capacity: number) => {
    next.push(first[from]!)
    first[from] = to.push(into) - 1
    rest.push(capacity)
  }
  return {
    node: () => first.push(-1) - 1,
    edge: (from, into, capacity) => {
      half(from, into, capacity)
      half(into, from, 0)
    },
    cut: () => {
      const graph: Residual = {
        first: Int32Array.from(first),
        next: Int32Array.from(next),
        to: Int32Array.from(to),
        rest: Float64Array.from(rest),
      }
      saturate(graph)
      return reachable(graph)
    },
  }
}

interface Residual {
  readonly first: Int32Array
  readonly next: Int32Array
  readonly to: Int32Array
  /** Capacity left; edge e and e ^ 1 are the two directions of one. */
  readonly rest: Float64Array
}

function saturate(graph: Residual): void {
  const level = new Int32Array(graph.first.length)
  while (measure(graph, level)) fill(graph, level)
}

/** Levels by breadth-first search; whether the sink is reached. */
function measure({ first, next, to, rest }: Residual, level: Int32Array): boolean {
  level.fill(-1)
  level[source] = 0
  const queue = new Int32Array(level.length)
  queue[0] = source
  for (let read = 0, end = 1; read < end; read++) {
    const node = queue[read]!
    for (let edge = first[node]!; edge >= 0; edge = next[edge]!) {
      const into = to[edge]!
      if (rest[edge]! <= 0 || level[into]! >= 0) continue
      level[into] = level[node]! + 1
      if (into === sink) return true
      queue[end++] = into
    }
  }
  return false
}

/** Sends flow along paths of rising levels until there is none left. Paths are deep, so no recursion. */
function fill({ first, next, to, rest }: Residual, level: Int32Array): void {
  const at = Int32Array.from(first)
  const path = new Int32Array(level[sink]!)
  let length = 0
  let node = source
  for (;;) {
    if (node === sink) {
      length = send(path, length, rest)
      node = to[path[length]! ^ 1]!
      continue
    }
    const edge = at[node]!
    if (edge >= 0) {
      if (rest[edge]! > 0 && level[to[edge]!] === level[node]! + 1) {
        path[length++] = edge
        node = to[edge]!
      } else at[node] = next[edge]!
      continue
    }
    if (node === source) return
    // A dead end: never again by the edge that led here.
    level[node] = -1
    node = to[path[--length]! ^ 1]!
    at[node] = next[at[node]!]!
  }
}

/** Fills a path to its narrowest edge, and gives the place of the first edge that is full. */
function send(path: Int32Array, length: number, rest: Float64Array): number {
  let flow = Number.POSITIVE_INFINITY
  for (let k = 0; k < length; k++) flow = Math.min(flow, rest[path[k]!]!)
  let full = length
  for (let k = length - 1; k >= 0; k--) {
    rest[path[k]!]! -= flow
    rest[path[k]! ^ 1]! += flow
    if (rest[path[k]!] === 0) full = k
  }
  return full
}

function reachable({ first, next, to, rest }: Residual): Uint8Array {
  const found = new Uint8Array(first.length)
  found[source] = 1
  const queue = [source]
  for (const node of queue)
    for (let edge = first[node]!; edge >= 0; edge = next[edge]!)
      if (rest[edge]! > 0 && found[to[edge]!] === 0) {
        found[to[edge]!] = 1
        queue.push(to[edge]!)
      }
  return found
}
