// Constant products without the optimiser, for estimates: additions in plain balanced trees, and of a large product only
// a few columns, which stand for the others. The optimiser keeps every output within the depth of its plain tree, so that
// stages come out nearly the same; what sharing saves is a fitted figure.
//
// A cell's layer name tells what it counts for: `fc1` for itself; how many columns it stands for, and whether it belongs
// to a product's trees, stand behind a line break.

import type { Interval } from '../fixed/interval.ts'
import { type AdderGraph, lowerAdderGraph, nodeIntervals } from '../netlist/adder-graph.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import { adderGraphOf, type ConstantMatrix } from '../netlist/constant-matrix.ts'
import { intervalWidth, type Net } from '../netlist/netlist.ts'
import type { ProductOptions, ProductSolver } from '../netlist/product-solver.ts'
import { signedDigits } from '../netlist/signed-digits.ts'
import { different } from './fitted.ts'

/** What there is to know of a product before it is shared: one matrix, or a row of it by itself. */
export interface ProductSketch {
  /** The layer it belongs to. */
  readonly layer: string
  /** Rows and columns that are not zero. */
  readonly rows: number
  readonly columns: number
  /** Signed digits of all weights, and weights that are not zero. */
  readonly digits: number
  readonly nonzero: number
  /** Different odd magnitudes of weights. */
  readonly magnitudes: number
  /** Bits on which two variables meet in the additions of plain trees, and how many additions those are. */
  readonly plainBits: number
  readonly plainAdders: number
}

/** What a sketched cell counts for. */
export interface SketchedLayer {
  readonly layer: string
  /** Of a product's plain trees, whose additions sharing makes fewer, or not. */
  readonly part: SketchedPart
  /** Columns it stands for, its own among them. */
  readonly copies: number
}

type SketchedPart = 'product' | 'layer'

function sketchName(layer: string, copies: number, part: SketchedPart): string {
  return `${plainLayer(layer)}\n${copies} ${part}`
}

/** A layer's name without what sketching adds to it. */
export function plainLayer(name: string): string {
  return name.split('\n')[0]!
}

export function layerOfSketch(name: string): SketchedLayer {
  const [layer, mark] = name.split('\n')
  if (mark === undefined) return { layer: layer!, part: 'layer', copies: 1 }
  const [copies, part] = mark.split(' ')
  return { layer: layer!, part: part as SketchedPart, copies: Number(copies) }
}

/** Digits up to which every column of a product is built. */
const wholeDigits = 2500
/** Digits that the chosen columns of larger ones have together. */
const chosenDigits = 150

/** A product whose columns are being built. */
interface Open {
  readonly task: ProductTask
  readonly chosen: readonly Column[]
  readonly copies: number
  /** What was solved for it: all at once, or row by row. */
  readonly solved: { readonly rows: number; readonly trees: readonly TreeBits[] }[]
  readonly roots: Set<Net>
}

/**
 * Builds products as sketches and tells `found` of each, with the nets of all its columns. Trees are planned as the
 * optimiser plans them, or, to see how late they may be, as deep as it may.
 */
export function sketchSolver(
  found: (sketch: ProductSketch, columns: readonly Net[]) => void,
  trees: 'cheap' | 'deep' = 'cheap',
): ProductSolver {
  let open: Open | undefined
  return {
    columns: (builder, weights, x, options, lower, layer) => {
      const task = taskOf(builder, weights, x, options)
      const chosen = task.digits <= wholeDigits ? task.columns : representatives(task)
      const copies = task.columns.length / chosen.length
      const own: Open = { task, chosen, copies, solved: [], roots: new Set() }
      const outer = open
      open = own
      if (copies > 1) builder.layer(sketchName(layer, copies, 'layer'))
      const built = lower(chosen.map(({ index }) => index))
      builder.layer(layer)
      open = outer
      const nets = copies > 1 ? standIns(builder, own, built, layer) : built
      for (const sketch of sketchesOf(own, layer)) found(sketch, nets)
      return nets
    },
    solve: (builder, weights, x, options, layer) => {
      const product = open
      builder.layer(sketchName(layer, product?.copies ?? 1, 'product'))
      const inputs = x.map(net => builder.interval(net))
      const graph = adderGraphOf(weights, inputs, { ...options, share: false, trees })
      const nets = lowerAdderGraph(builder, graph, x)
      builder.layer(layer)
      product?.solved.push({ rows: weights.rows, trees: treeBits(plainGraph(weights, inputs, options)) })
      for (const net of nets) product?.roots.add(net)
      return { nets }
    },
  }
}

interface Column {
  readonly index: number
  /** Signed digits on variables. */
  readonly digits: number
  /** Adders in series of the plain tree. */
  readonly depth: number
  /** Bits of its range. */
  readonly width: number
}

interface ProductTask {
  readonly weights: ConstantMatrix
  readonly columns: readonly Column[]
  readonly digits: number
  readonly nonzero: number
  /** Rows of variables that something is added of. */
  readonly rows: ReadonlySet<number>
}

function taskOf(
  builder: NetlistBuilder,
  weights: ConstantMatrix,
  x: readonly Net[],
  { biases, arrival }: ProductOptions,
): ProductTask {
  const inputs = x.map(net => builder.interval(net))
  const reach = inputs.map(({ min, max, frac }) => (Number(max) - Number(min)) * 2 ** -frac)
  const rows = new Set<number>()
  let nonzero = 0
  const columns = Array.from({ length: weights.columns }, (_, index): Column => {
    let [range, digits, kraft] = [0, 0, 0]
    for (let row = 0; row < weights.rows; row++) {
      const weight = weights.values[row * weights.columns + index]!
      if (reach[row] === 0 || Number(weight) === 0) continue
      const count = digitsOf(BigInt(weight))
      rows.add(row)
      nonzero++
      range += Math.abs(Number(weight)) * reach[row]!
      digits += count
      kraft += count * 2 ** (arrival?.[row] ?? 0)
    }
    const bias = biases?.[index]
    if (bias !== undefined && bias.raw !== 0n) kraft += digitsOf(bias.raw)
    const depth = Math.ceil(Math.log2(Math.max(1, kraft)) - 1e-12)
    return { index, digits, depth, width: Math.log2(Math.max(1e-300, range)) }
  })
  return { weights, columns, digits: columns.reduce((sum, own) => sum + own.digits, 0), nonzero, rows }
}

const digitCounts = new Map<bigint, number>()

function digitsOf(weight: bigint): number {
  const known = digitCounts.get(weight)
  if (known !== undefined) return known
  const count = signedDigits(weight).length
  if (digitCounts.size < 100_000) digitCounts.set(weight, count)
  return count
}

/** Deepest and widest first. */
function byDemand(p: Column, q: Column): number {
  return q.depth - p.depth || q.width - p.width || q.digits - p.digits || p.index - q.index
}

/** The most demanding column, and others spread evenly over the rest, as many as the digits allow. */
function representatives({ columns, digits }: ProductTask): Column[] {
  const sorted = [...columns].sort(byDemand)
  const count = Math.min(columns.length, Math.max(2, Math.floor((chosenDigits * columns.length) / digits)))
  const rest = columns.length - 1
  return Array.from({ length: count }, (_, k) =>
    k === 0 ? sorted[0]! : sorted[1 + Math.floor(((k - 0.5) * rest) / (count - 1))]!,
  )
}

/** For every column a net of its own like the chosen column's that is next in demand. */
function standIns(
  builder: NetlistBuilder,
  { task, chosen, roots }: Open,
  built: readonly Net[],
  layer: string,
): Net[] {
  const nets = task.columns.map(column => {
    const after = chosen.findIndex(other => byDemand(other, column) > 0)
    const like = built[after < 0 ? built.length - 1 : Math.max(0, after - 1)]!
    if (builder.isConstant(like)) return like
    builder.layer(roots.has(like) ? sketchName(layer, 1, 'product') : layer)
    return builder.copy(like)
  })
  builder.layer(layer)
  return nets
}

/** What was solved at once is one product; solved row by row, every row is, with its different odd constants. */
function sketchesOf({ task, chosen, solved }: Open, layer: string): ProductSketch[] {
  const { weights, columns, digits, nonzero, rows } = task
  const [bits, adders] = sumOf(solved.flatMap(({ trees }) => trees))
  if (adders === 0) return []
  if (solved.some(own => own.rows < weights.rows)) return rowSketches(task, layer, bits / adders)
  const used = columns.filter(own => own.digits > 0)
  const whole = chosen.length === columns.length
  const additions = columns.reduce((sum, own) => sum + Math.max(0, own.digits - 1), 0)
  // The first column is the most demanding one and speaks for itself alone.
  const [usualBits, usualAdders] = sumOf(solved[0]!.trees.slice(1))
  const shape = {
    rows: rows.size,
    columns: used.length,
    digits,
    nonzero,
    magnitudes: magnitudesOf(weights),
  }
  if (whole || usualAdders === 0) return [{ layer, ...shape, plainBits: bits, plainAdders: adders }]
  const plainAdders = additions * differentShare(shape)
  return [{ layer, ...shape, plainBits: (usualBits * plainAdders) / usualAdders, plainAdders }]
}

/** Of the additions in the plain trees of all columns, the share that is not the same as another. */
function differentShare({
  rows,
  columns,
  digits,
  nonzero,
  magnitudes,
}: Pick<ProductSketch, 'rows' | 'columns' | 'digits' | 'nonzero' | 'magnitudes'>): number {
  const logarithm =
    different.always +
    different.columns * Math.log(columns) +
    different.rows * Math.log(rows) +
    different.digits * Math.log(digits / nonzero) +
    different.repeats * Math.log(1 + nonzero / rows / (4 * magnitudes)) +
    different.column * Math.log(digits / columns)
  return Math.min(1, Math.exp(logarithm))
}

function rowSketches({ weights, rows }: ProductTask, layer: string, bitsPerAdder: number): ProductSketch[] {
  return [...rows].flatMap(row => {
    const odd = new Set<bigint>()
    for (let column = 0; column < weights.columns; column++) {
      const value = oddPart(BigInt(weights.values[row * weights.columns + column]!))
      if (value !== 0n) odd.add(value)
    }
    const digits = [...odd].reduce((sum, value) => sum + digitsOf(value), 0)
    const adders = digits - odd.size
    if (adders === 0) return []
    const shape = { rows: 1, columns: odd.size, digits, nonzero: odd.size, magnitudes: odd.size }
    return [{ layer, ...shape, plainBits: adders * bitsPerAdder, plainAdders: adders }]
  })
}

function magnitudesOf({ values }: ConstantMatrix): number {
  const odd = new Set<bigint>()
  for (let k = 0; k < values.length; k++) odd.add(oddPart(BigInt(values[k]!)))
  odd.delete(0n)
  return odd.size
}

function oddPart(value: bigint): bigint {
  let odd = value < 0n ? -value : value
  while (odd !== 0n && odd % 2n === 0n) odd >>= 1n
  return odd
}

/** Trees as they were when what sharing leaves of them was fitted: planned once each, and nothing but the weights in them. */
function plainGraph(
  weights: ConstantMatrix,
  inputs: readonly Interval[],
  { arrival }: ProductOptions,
): AdderGraph {
  return adderGraphOf(weights, inputs, {
    share: false,
    effort: 0,
    ...(arrival === undefined ? {} : { arrival }),
  })
}

interface TreeBits {
  /** Bits on which both operands have digits of their own, over additions of two variables; and how many those are. */
  readonly bits: number
  readonly adders: number
}

function sumOf(trees: readonly TreeBits[]): readonly [bits: number, adders: number] {
  return trees.reduce(([bits, adders], own) => [bits + own.bits, adders + own.adders], [0, 0])
}

/** Per output, its tree; what two outputs share belongs to the first. */
function treeBits(graph: AdderGraph): TreeBits[] {
  const nodes = nodeIntervals(graph)
  const first = graph.inputs.length
  const seen = new Set<number>()
  return graph.outputs.map(output => {
    let [bits, adders] = [0, 0]
    const open = output === null ? [] : [output.node]
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const op = graph.ops[node - first]
      if (op === undefined || seen.has(node)) continue
      seen.add(node)
      open.push(op.a, op.b)
      const [a, b] = [nodes[op.a]!, nodes[op.b]!]
      if (a.min === a.max || b.min === b.max) continue
      adders++
      bits += Math.max(0, metBitsOf(a, { ...b, frac: b.frac - op.shift }))
    }
    return { bits, adders }
  })
}

function metBitsOf(a: Interval, b: Interval): number {
  const top = Math.min(intervalWidth(a.min, a.max) - a.frac, intervalWidth(b.min, b.max) - b.frac)
  return top + Math.min(a.frac, b.frac)
}
