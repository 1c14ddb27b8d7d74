// What a graph written by `lutra cmvm --graph` computes and costs, from its JSON alone and by the words of the
// reference data's README: intervals exact, a full adder's bits from the coarser operand's lowest bit to the top of the
// wider operand. It shares no code with `src/`.

interface Interval {
  min: bigint
  max: bigint
  /** The least bit: values are multiples of 2^lsb. */
  lsb: number
}

interface Node extends Interval {
  /** What it is of each input: coefficient · 2^lsb. */
  coefficients: Map<number, { times: bigint; lsb: number }>
  depth: number
}

export interface GraphJson {
  inputs: { min: number; max: number; frac: number }[]
  ops: { a: number; b: number; shift: number; sub: boolean }[]
  outputs: ({ node: number; shift: number; neg: boolean } | null)[]
}

export interface Recomputed {
  /** Row-major over inputs and outputs, exact; constants of the graph left out. */
  matrix: { times: bigint; lsb: number }[][]
  bits: number
  depth: number
  /** Whether every op names only nodes before it. */
  ordered: boolean
}

const grow = (value: bigint, by: number) => value * 2n ** BigInt(by)

export function recompute({ inputs, ops, outputs }: GraphJson): Recomputed {
  const nodes: Node[] = inputs.map(({ min, max, frac }, k) => ({
    min: BigInt(min),
    max: BigInt(max),
    lsb: -frac,
    coefficients: new Map([[k, { times: 1n, lsb: 0 }]]),
    depth: 0,
  }))
  let bits = 0
  let ordered = true
  for (const { a, b, shift, sub } of ops) {
    ordered &&= a < nodes.length && b < nodes.length
    const left = nodes[a]!
    const right = moved(nodes[b]!, shift)
    bits += adderCost(left, right)
    nodes.push(combined(left, sub ? negated(right) : right))
  }
  let depth = 0
  const columns = outputs.map(output => {
    if (output === null) return undefined
    const node = moved(nodes[output.node]!, output.shift)
    if (output.neg) bits += widthOf(node)
    depth = Math.max(depth, node.depth + (output.neg ? 1 : 0))
    return output.neg ? negated(node) : node
  })
  const zero = { times: 0n, lsb: 0 }
  const matrix = inputs.map((_, i) => columns.map(column => column?.coefficients.get(i) ?? zero))
  return { matrix, bits, depth, ordered }
}

function moved(node: Node, shift: number): Node {
  const coefficients = new Map(
    [...node.coefficients].map(([i, c]) => [i, { times: c.times, lsb: c.lsb + shift }]),
  )
  return { ...node, lsb: node.lsb + shift, coefficients }
}

function negated(node: Node): Node {
  const coefficients = new Map([...node.coefficients].map(([i, c]) => [i, { times: -c.times, lsb: c.lsb }]))
  return { ...node, min: -node.max, max: -node.min, coefficients }
}

function combined(p: Node, q: Node): Node {
  const lsb = Math.min(p.lsb, q.lsb)
  const coefficients = new Map(p.coefficients)
  for (const [i, c] of q.coefficients) {
    const had = coefficients.get(i)
    coefficients.set(i, had === undefined ? c : plus(had, c))
  }
  return {
    min: grow(p.min, p.lsb - lsb) + grow(q.min, q.lsb - lsb),
    max: grow(p.max, p.lsb - lsb) + grow(q.max, q.lsb - lsb),
    lsb,
    coefficients,
    depth: 1 + Math.max(p.depth, q.depth),
  }
}

function plus(p: { times: bigint; lsb: number }, q: { times: bigint; lsb: number }) {
  const lsb = Math.min(p.lsb, q.lsb)
  return { times: grow(p.times, p.lsb - lsb) + grow(q.times, q.lsb - lsb), lsb }
}

/** k + ⌈log2 max(|min|, |max + lsb|)⌉ over both operands − log2(the coarser lsb), k = 1 if one can be negative. */
function adderCost(p: Interval, q: Interval): number {
  const sign = p.min < 0n || q.min < 0n ? 1 : 0
  return Math.max(0, sign + Math.max(topOf(p), topOf(q)) - Math.max(p.lsb, q.lsb))
}

/** ⌈log2 max(|min|, |max + lsb|)⌉ of the value. */
function topOf({ min, max, lsb }: Interval): number {
  const ends = [min, max + 1n].map(end => (end < 0n ? -end : end))
  const most = ends[0]! > ends[1]! ? ends[0]! : ends[1]!
  let bits = 0
  while (1n << BigInt(bits) < most) bits++
  return bits + lsb
}

function widthOf(interval: Interval): number {
  return topOf(interval) - interval.lsb + (interval.min < 0n ? 1 : 0)
}
