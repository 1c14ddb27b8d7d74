// Builds a netlist cell by cell, keeping exact intervals, folding constants and reusing equal cells.
// Every function returns the net of the result; nothing is rounded unless `bits` cuts it.

import { bug, type Diagnostic, finding } from '../diagnostics/diagnostic.ts'
import type { Interval } from '../fixed/interval.ts'
import { type FixedType, maxRaw, minRaw } from '../fixed/types.ts'
import { lowerAdderGraph, type SearchNote } from './adder-graph.ts'
import { carryFreeForm } from './carry-free.ts'
import { type ConstantCell, sourceBelow } from './compare-source.ts'
import { adderGraphOf, type ConstantMatrix, type MatrixOptions } from './constant-matrix.ts'
import {
  type CellKind,
  cellKinds,
  intervalWidth,
  type Memory,
  type NamedNet,
  type Net,
  type Netlist,
  netType,
  type Table,
} from './netlist.ts'

const none = -1 as Net

/** Appends cells to a netlist under construction. Made by `createBuilder`. */
export interface NetlistBuilder {
  /** Whether products of two variables are single cells, meant for DSP blocks, rather than additions. */
  readonly dsp: boolean
  /** The columns of a constant product, which `lower` builds: all, unless an estimate lets some stand for others. */
  constantColumns(
    weights: ConstantMatrix,
    x: readonly Net[],
    options: ProductOptions,
    lower: (columns: readonly number[]) => readonly Net[],
  ): readonly Net[]
  /** Finds and builds the additions of a constant product: the optimiser, or what an estimate takes in its place. */
  constantProduct(weights: ConstantMatrix, x: readonly Net[], options?: ProductOptions): SolvedProduct
  /** Names the layer that the cells made from now on belong to. */
  layer(name: string): void
  /** Adds an input element; its interval is the whole type, or the narrower one given. */
  input(name: string, type: FixedType, range?: { min: bigint; max: bigint }): Net
  output(name: string, net: Net): void
  constant(raw: bigint, frac: number): Net
  /** a + b·2^shift. */
  add(a: Net, b: Net, shift?: number): Net
  /** a − b·2^shift. */
  sub(a: Net, b: Net, shift?: number): Net
  negate(a: Net): Net
  /** a·2^k, a matter of naming: no hardware. */
  scale(a: Net, k: number): Net
  mul(a: Net, b: Net): Net
  /** select ? ifTrue : ifFalse. */
  mux(select: Net, ifTrue: Net, ifFalse: Net): Net
  lt(a: Net, b: Net): Net
  le(a: Net, b: Net): Net
  /** a < raw · 2^-frac, looking through what scaled, offset or cut a: none of it is built for the comparison alone. */
  below(a: Net, raw: bigint, frac: number): Net
  eq(a: Net, b: Net): Net
  and(a: Net, b: Net): Net
  or(a: Net, b: Net): Net
  xor(a: Net, b: Net): Net
  not(a: Net): Net
  /** a ⊕ b ⊕ c, bit by bit under the finest frac; with `majority` the sum and carry words of a column of adders. */
  parity(a: Net, b: Net, c: Net): Net
  /** The bits set in at least two of a, b and c: a + b + c = parity + 2 · majority. None may be negative. */
  majority(a: Net, b: Net, c: Net): Net
  max(a: Net, b: Net): Net
  min(a: Net, b: Net): Net
  /** `width` raw bits of a from bit `low` on (sign-extended, zeros below bit 0), read as signed or not under `frac`. */
  bits(a: Net, low: number, width: number, signed: boolean, frac: number): Net
  /** Drops all bits below 2^-frac (floor); exact when there are none. */
  floorTo(a: Net, frac: number): Net
  /** a, of which the caller has proved that raw values stay in [min, max]: narrower wires, no hardware. */
  within(a: Net, min: bigint, max: bigint): Net
  table(index: Net, table: Table): Net
  /** The cell of a net once more, as a net of its own. */
  copy(net: Net): Net
  /** A combinational cell as it is told, for passes that have its interval proved already. */
  cell(kind: CellKind, operands: readonly Net[], param: number, interval: Interval): Net
  register(data: Net, options?: { enable?: Net; reset?: bigint }): Net
  /** A register whose data comes later through `connect`, for counters and state. */
  registerLoop(type: FixedType, options?: { enable?: Net; reset?: bigint }): Net
  connect(register: Net, data: Net, enable?: Net): void
  memory(memory: Omit<Memory, 'write'>): number
  write(memory: number, address: Net, data: Net, enable: Net): void
  read(memory: number, address: Net, enable?: Net): Net
  /** A net driven from outside the netlist: an output of an instance. */
  instanceOutput(interval: Interval): Net
  name(net: Net, name: string): Net
  interval(net: Net): Interval
  /** Adders in series up to the net's value. */
  depth(net: Net): number
  type(net: Net): FixedType
  isConstant(net: Net): boolean
  /** Something worth telling about the layer being built. */
  tell(text: Omit<Diagnostic, 'severity' | 'place'>): void
  /** What was told so far. */
  readonly findings: readonly Diagnostic[]
  finish(): Netlist
}

interface Columns {
  kind: number[]
  a: number[]
  b: number[]
  c: number[]
  param: number[]
  min: bigint[]
  max: bigint[]
  frac: number[]
  layer: number[]
  depth: number[]
}

interface State {
  readonly columns: Columns
  readonly layers: string[]
  current: number
  readonly inputs: NamedNet[]
  readonly outputs: NamedNet[]
  readonly tables: Table[]
  readonly memories: Memory[]
  readonly resets: Map<Net, bigint>
  readonly names: Map<Net, string>
  /** The last cell made of each hash; `alike` names the one before it, −1 the first of all. */
  readonly seen: Map<number, Net>
  readonly alike: number[]
  instanceOutputs: number
}

const codes = Object.fromEntries(cellKinds.map((kind, code) => [kind, code])) as Record<CellKind, number>

function emptyState(): State {
  return {
    columns: { kind: [], a: [], b: [], c: [], param: [], min: [], max: [], frac: [], layer: [], depth: [] },
    layers: [''],
    current: 0,
    inputs: [],
    outputs: [],
    tables: [],
    memories: [],
    resets: new Map(),
    names: new Map(),
    seen: new Map(),
    alike: [],
    instanceOutputs: 0,
  }
}

interface CellSpec {
  readonly kind: CellKind
  readonly a?: Net
  readonly b?: Net
  readonly c?: Net
  readonly param?: number
  readonly interval: Interval
}

function append(state: State, cell: CellSpec): Net {
  const { columns } = state
  const net = columns.kind.length as Net
  columns.kind.push(codes[cell.kind])
  columns.a.push(cell.a ?? none)
  columns.b.push(cell.b ?? none)
  columns.c.push(cell.c ?? none)
  columns.param.push(cell.param ?? 0)
  columns.min.push(cell.interval.min)
  columns.max.push(cell.interval.max)
  columns.frac.push(cell.interval.frac)
  columns.layer.push(state.current)
  columns.depth.push(depthOf(state, net))
  return net
}

/** Inverted bits are no adder, though they are written as one. */
function depthOf({ columns }: State, net: Net): number {
  const kind = cellKinds[columns.kind[net]!]
  if (columns.min[net] === columns.max[net] || kind === 'register' || kind === 'read') return 0
  const { a, b, c, depth } = columns
  const before = Math.max(depth[a[net]!] ?? 0, depth[b[net]!] ?? 0, depth[c[net]!] ?? 0)
  const isAdder = (kind === 'add' || kind === 'sub') && carryFreeForm(columns, net) === undefined
  return before + (isAdder ? 1 : 0)
}

/** Appends a combinational cell, or returns the constant or the equal cell that it would repeat. */
function combine(state: State, cell: CellSpec): Net {
  const { min, max, frac } = cell.interval
  if (min > max) bug(`${cell.kind} has an empty interval [${min}, ${max}]`)
  if (min === max && cell.kind !== 'constant') return constant(state, min, frac)
  const hash = hashOf(cell)
  const first = state.seen.get(hash) ?? none
  for (let net = first; net !== none; net = state.alike[net]! as Net) if (isCell(state, net, cell)) return net
  const net = append(state, cell)
  state.alike[net] = first
  state.seen.set(hash, net)
  return net
}

/** 32 bits of a cell's description; large bounds count with their lowest bits. */
function hashOf({ kind, a, b, c, param, interval }: CellSpec): number {
  let hash = codes[kind]
  for (const word of [a ?? none, b ?? none, c ?? none, param ?? 0, interval.frac])
    hash = Math.imul(hash ^ word, 0x9e3779b1) ^ (hash >>> 15)
  hash = Math.imul(hash ^ Number(interval.min), 0x85ebca6b)
  return Math.imul(hash ^ Number(interval.max) ^ (hash >>> 13), 0xc2b2ae35) ^ (hash >>> 16)
}

function isCell({ columns }: State, net: Net, { kind, a, b, c, param, interval }: CellSpec): boolean {
  return (
    columns.kind[net] === codes[kind] &&
    columns.a[net] === (a ?? none) &&
    columns.b[net] === (b ?? none) &&
    columns.c[net] === (c ?? none) &&
    columns.param[net] === (param ?? 0) &&
    columns.frac[net] === interval.frac &&
    columns.min[net] === interval.min &&
    columns.max[net] === interval.max
  )
}

function constant(state: State, raw: bigint, frac: number): Net {
  return combine(state, { kind: 'constant', interval: { min: raw, max: raw, frac: raw === 0n ? 0 : frac } })
}

function copyCell(state: State, net: Net): Net {
  const { kind, a, b, c, param } = state.columns
  return append(state, {
    kind: cellKinds[kind[net]!]!,
    a: a[net]! as Net,
    b: b[net]! as Net,
    c: c[net]! as Net,
    param: param[net]!,
    interval: intervalOf(state, net),
  })
}

function intervalOf({ columns }: State, net: Net): Interval {
  return { min: columns.min[net]!, max: columns.max[net]!, frac: columns.frac[net]! }
}

/** The interval's raw bounds under a finer or equal frac. */
function boundsAt(interval: Interval, frac: number): { min: bigint; max: bigint } {
  const shift = BigInt(frac - interval.frac)
  return { min: interval.min << shift, max: interval.max << shift }
}

function addOrSub(state: State, kind: 'add' | 'sub', a: Net, b: Net, shift: number): Net {
  const left = intervalOf(state, a)
  const scaled = intervalOf(state, b)
  const right = { ...scaled, frac: scaled.frac - shift }
  if (right.min === 0n && right.max === 0n) return a
  if (kind === 'sub' && a === b && shift === 0) return constant(state, 0n, 0)
  if (kind === 'add' && left.min === 0n && left.max === 0n) return alias(state, b, right.frac)
  const frac = Math.max(zeroFrac(left, right.frac), right.frac)
  const x = boundsAt({ ...left, frac: zeroFrac(left, frac) }, frac)
  const y = boundsAt(right, frac)
  const [min, max] = kind === 'add' ? [x.min + y.min, x.max + y.max] : [x.min - y.max, x.max - y.min]
  return combine(state, { kind, a, b, param: shift, interval: { min, max, frac } })
}

function alias(state: State, a: Net, frac: number): Net {
  const interval = intervalOf(state, a)
  if (interval.frac === frac) return a
  return combine(state, { kind: 'alias', a, interval: { ...interval, frac } })
}

function mul(state: State, a: Net, b: Net): Net {
  const x = intervalOf(state, a)
  const y = intervalOf(state, b)
  if (y.min === 1n && y.max === 1n) return alias(state, a, x.frac + y.frac)
  if (x.min === 1n && x.max === 1n) return alias(state, b, x.frac + y.frac)
  const corners = [x.min * y.min, x.min * y.max, x.max * y.min, x.max * y.max]
  const min = corners.reduce((p, q) => (q < p ? q : p))
  const max = corners.reduce((p, q) => (q > p ? q : p))
  return combine(state, { kind: 'mul', a, b, interval: { min, max, frac: x.frac + y.frac } })
}

function mux(state: State, select: Net, ifTrue: Net, ifFalse: Net): Net {
  const s = intervalOf(state, select)
  if (s.min === s.max) return s.min === 0n ? ifFalse : ifTrue
  if (ifTrue === ifFalse) return ifTrue
  const t = intervalOf(state, ifTrue)
  const f = intervalOf(state, ifFalse)
  const frac = Math.max(zeroFrac(t, f.frac), zeroFrac(f, t.frac))
  const x = boundsAt({ ...t, frac: zeroFrac(t, frac) }, frac)
  const y = boundsAt({ ...f, frac: zeroFrac(f, frac) }, frac)
  const min = x.min < y.min ? x.min : y.min
  const max = x.max > y.max ? x.max : y.max
  return combine(state, { kind: 'mux', a: select, b: ifTrue, c: ifFalse, interval: { min, max, frac } })
}

/** The larger or smaller of two, known to lie between the larger or smaller of their bounds. */
function extreme(state: State, a: Net, b: Net, which: 'max' | 'min'): Net {
  const chosen = mux(state, which === 'max' ? lessThan(state, a, b) : lessThan(state, b, a), b, a)
  const { frac } = intervalOf(state, chosen)
  const [x, y] = [a, b].map(net => {
    const own = intervalOf(state, net)
    return boundsAt({ ...own, frac: zeroFrac(own, frac) }, frac)
  })
  if (chosen === a || chosen === b) return chosen
  const pick = (p: bigint, q: bigint) => ((which === 'max' ? p > q : p < q) ? p : q)
  return within(state, chosen, pick(x!.min, y!.min), pick(x!.max, y!.max))
}

/** The constant 0 fits any frac. */
function zeroFrac(interval: Interval, other: number): number {
  return interval.min === 0n && interval.max === 0n ? other : interval.frac
}

const bit = (min: bigint, max: bigint): Interval => ({ min, max, frac: 0 })

/** a < limit, asked of the earliest net that can tell. */
function below(state: State, a: Net, raw: bigint, frac: number): Net {
  const asked = { net: a, limit: raw, frac }
  const source = sourceBelow(net => cellOf(state, net), asked)
  const answer = lessThan(state, source.net, constant(state, source.limit, source.frac))
  return source.inverted ? not(state, answer) : answer
}

function cellOf({ columns }: State, net: Net): ConstantCell {
  return {
    kind: cellKinds[columns.kind[net]!]!,
    a: columns.a[net]! as Net,
    b: columns.b[net]! as Net,
    param: columns.param[net]!,
    interval: { min: columns.min[net]!, max: columns.max[net]!, frac: columns.frac[net]! },
  }
}

function lessThan(state: State, a: Net, b: Net): Net {
  const frac = Math.max(state.columns.frac[a]!, state.columns.frac[b]!)
  const x = boundsAt(intervalOf(state, a), frac)
  const y = boundsAt(intervalOf(state, b), frac)
  if (x.max < y.min) return constant(state, 1n, 0)
  if (a === b || x.min >= y.max) return constant(state, 0n, 0)
  return combine(state, { kind: 'lt', a, b, interval: bit(0n, 1n) })
}

function equal(state: State, a: Net, b: Net): Net {
  const frac = Math.max(state.columns.frac[a]!, state.columns.frac[b]!)
  const x = boundsAt(intervalOf(state, a), frac)
  const y = boundsAt(intervalOf(state, b), frac)
  if (a === b) return constant(state, 1n, 0)
  if (x.max < y.min || y.max < x.min) return constant(state, 0n, 0)
  if (x.min === x.max && y.min === y.max) return constant(state, x.min === y.min ? 1n : 0n, 0)
  return combine(state, { kind: 'eq', a, b, interval: bit(0n, 1n) })
}

function not(state: State, a: Net): Net {
  const { min, max } = intervalOf(state, a)
  return combine(state, { kind: 'not', a, interval: bit(1n - max, 1n - min) })
}

function logic(state: State, kind: 'and' | 'or' | 'xor', a: Net, b: Net): Net {
  const x = intervalOf(state, a)
  const y = intervalOf(state, b)
  if (x.min < 0n || x.max > 1n || y.min < 0n || y.max > 1n) bug(`${kind} of nets that are not single bits`)
  for (const [interval, other] of [
    [x, b],
    [y, a],
  ] as const) {
    if (interval.min !== interval.max) continue
    const one = interval.min === 1n
    if (kind === 'and') return one ? other : constant(state, 0n, 0)
    if (kind === 'or') return one ? constant(state, 1n, 0) : other
    return one ? not(state, other) : other
  }
  if (a === b) return kind === 'xor' ? constant(state, 0n, 0) : a
  return combine(state, { kind, a, b, interval: bit(0n, 1n) })
}

function bitwise(state: State, kind: 'parity' | 'majority', nets: readonly [Net, Net, Net]): Net {
  const intervals = nets.map(net => intervalOf(state, net))
  if (intervals.some(({ min }) => min < 0n)) bug(`${kind} of nets that can be negative`)
  const some = intervals.filter(({ max }) => max > 0n)
  if (some.length < (kind === 'parity' ? 1 : 2)) return constant(state, 0n, 0)
  const frac = some.reduce((finest, own) => Math.max(finest, own.frac), some[0]!.frac)
  if (kind === 'parity' && some.length === 1) return nets[intervals.indexOf(some[0]!)]!
  const bounds = intervals.map(own => (own.max === 0n ? own : boundsAt(own, frac)))
  if (bounds.every(({ min, max }) => min === max)) {
    const [x, y, z] = [bounds[0]!.min, bounds[1]!.min, bounds[2]!.min]
    return constant(state, kind === 'parity' ? x ^ y ^ z : (x & y) | (z & (x | y)), frac)
  }
  const widths = bounds.map(({ max }) => intervalWidth(0n, max)).sort((p, q) => q - p)
  const width = kind === 'parity' ? widths[0]! : widths[1]!
  const [a, b, c] = nets
  return combine(state, { kind, a, b, c, interval: { min: 0n, max: (1n << BigInt(width)) - 1n, frac } })
}

/** Raw value of `width` bits of `raw` from bit `low` on, in two's complement or unsigned. */
export function sliceRaw(raw: bigint, low: number, width: number, signed: boolean): bigint {
  const shifted = low >= 0 ? raw >> BigInt(low) : raw << BigInt(-low)
  return signed ? BigInt.asIntN(width, shifted) : BigInt.asUintN(width, shifted)
}

function bits(state: State, a: Net, low: number, width: number, signed: boolean, frac: number): Net {
  const interval = intervalOf(state, a)
  const shift = (raw: bigint) => (low >= 0 ? raw >> BigInt(low) : raw << BigInt(-low))
  const min = shift(interval.min)
  const max = shift(interval.max)
  const type = { signed, width, frac }
  const fits = min >= minRaw(type) && max <= maxRaw(type)
  if (fits && low === 0) return alias(state, a, frac)
  const result = fits ? { min, max, frac } : { min: minRaw(type), max: maxRaw(type), frac }
  return combine(state, { kind: 'bits', a, param: low, interval: result })
}

function floorTo(state: State, a: Net, frac: number): Net {
  const interval = intervalOf(state, a)
  const low = interval.frac - frac
  if (low <= 0) return a
  const { min, max } = { min: interval.min >> BigInt(low), max: interval.max >> BigInt(low) }
  return combine(state, { kind: 'bits', a, param: low, interval: { min, max, frac } })
}

function within(state: State, a: Net, min: bigint, max: bigint): Net {
  const own = intervalOf(state, a)
  const low = min > own.min ? min : own.min
  const high = max < own.max ? max : own.max
  if (low === own.min && high === own.max) return a
  return combine(state, { kind: 'bits', a, param: 0, interval: { min: low, max: high, frac: own.frac } })
}

function lookup(state: State, index: Net, table: Table): Net {
  const { min, max } = intervalOf(state, index)
  const last = table.first + BigInt(table.values.length) - 1n
  if (min < table.first || max > last)
    bug(`table ${table.name} covers [${table.first}, ${last}], its index [${min}, ${max}]`)
  const reachable = table.values.slice(Number(min - table.first), Number(max - table.first) + 1)
  let low = reachable[0]!
  let high = low
  for (const value of reachable) {
    if (value < low) low = value
    if (value > high) high = value
  }
  let id = state.tables.indexOf(table)
  if (id < 0) id = state.tables.push(table) - 1
  return combine(state, {
    kind: 'table',
    a: index,
    param: id,
    interval: { min: low, max: high, frac: table.frac },
  })
}

function register(
  state: State,
  data: Net,
  interval: Interval,
  options: { enable?: Net; reset?: bigint },
): Net {
  const range = options.reset === undefined ? interval : include(interval, options.reset)
  const net = append(state, { kind: 'register', a: data, b: options.enable ?? none, interval: range })
  if (options.reset !== undefined) state.resets.set(net, options.reset)
  return net
}

function include(interval: Interval, raw: bigint): Interval {
  return {
    ...interval,
    min: raw < interval.min ? raw : interval.min,
    max: raw > interval.max ? raw : interval.max,
  }
}

function connect({ columns }: State, target: Net, data: Net, enable?: Net): void {
  if (columns.kind[target] !== codes.register || columns.a[target] !== none)
    bug('connect needs an open register')
  const frac = columns.frac[target]!
  const source = { min: columns.min[data]!, max: columns.max[data]!, frac: columns.frac[data]! }
  const zero = source.min === 0n && source.max === 0n
  if (!zero && source.frac > frac) bug('connect would drop bits')
  const bounds = zero ? source : boundsAt(source, frac)
  if (bounds.min < columns.min[target]! || bounds.max > columns.max[target]!)
    bug('connect: data exceeds the register')
  columns.a[target] = data
  if (enable !== undefined) columns.b[target] = enable
}

function finish(state: State): Netlist {
  const { columns } = state
  columns.kind.forEach((kind, net) => {
    if (kind === codes.register && columns.a[net] === none) bug(`register ${net} was never connected`)
  })
  return {
    kind: Uint8Array.from(columns.kind),
    a: Int32Array.from(columns.a),
    b: Int32Array.from(columns.b),
    c: Int32Array.from(columns.c),
    param: Int32Array.from(columns.param),
    min: columns.min,
    max: columns.max,
    frac: Int32Array.from(columns.frac),
    layer: Int32Array.from(columns.layer),
    layers: state.layers,
    inputs: state.inputs,
    outputs: state.outputs,
    tables: state.tables,
    memories: state.memories,
    resets: state.resets,
    names: state.names,
  }
}

export type ProductOptions = Pick<MatrixOptions, 'biases' | 'arrival'>

export interface SolvedProduct {
  /** One per column. */
  readonly nets: readonly Net[]
  readonly search?: SearchNote | undefined
}

/** How constant products are built; `layer` is the one that cells are made for. */
export interface ProductSolver {
  columns(
    builder: NetlistBuilder,
    weights: ConstantMatrix,
    x: readonly Net[],
    options: ProductOptions,
    lower: (columns: readonly number[]) => readonly Net[],
    layer: string,
  ): readonly Net[]
  solve(
    builder: NetlistBuilder,
    weights: ConstantMatrix,
    x: readonly Net[],
    options: ProductOptions,
    layer: string,
  ): SolvedProduct
}

export interface BuilderOptions {
  readonly dsp?: boolean
  /** How much work goes into constant products; 1 by default, 0 for the least. */
  readonly effort?: number
  /** In place of the optimiser. */
  readonly solver?: ProductSolver | undefined
}

function optimiser(effort: number): ProductSolver {
  return {
    columns: (_builder, { columns }, _x, _options, lower) =>
      lower(Array.from({ length: columns }, (_, column) => column)),
    solve: (builder, weights, x, options) => {
      const inputs = x.map(net => builder.interval(net))
      const graph = adderGraphOf(weights, inputs, { ...options, effort })
      return { nets: lowerAdderGraph(builder, graph, x), search: graph.search }
    },
  }
}

/** Starts an empty netlist. */
export function createBuilder(options: BuilderOptions = {}): NetlistBuilder {
  const state = emptyState()
  const findings: Diagnostic[] = []
  const solver = options.solver ?? optimiser(options.effort ?? 1)
  const whole = (type: FixedType): Interval => ({ min: minRaw(type), max: maxRaw(type), frac: type.frac })
  const builder: NetlistBuilder = {
    dsp: options.dsp ?? false,
    constantColumns: (weights, x, productOptions, lower) =>
      solver.columns(builder, weights, x, productOptions, lower, state.layers[state.current] ?? ''),
    constantProduct: (weights, x, productOptions = {}) =>
      solver.solve(builder, weights, x, productOptions, state.layers[state.current] ?? ''),
    layer: name => {
      const known = state.layers.indexOf(name)
      state.current = known >= 0 ? known : state.layers.push(name) - 1
    },
    input: (name, type, range) => {
      const interval = range === undefined ? whole(type) : { ...range, frac: type.frac }
      const net = append(state, { kind: 'input', param: state.inputs.length, interval })
      state.inputs.push({ name, net })
      return net
    },
    output: (name, net) => void state.outputs.push({ name, net }),
    constant: (raw, frac) => constant(state, raw, frac),
    add: (a, b, shift = 0) => addOrSub(state, 'add', a, b, shift),
    sub: (a, b, shift = 0) => addOrSub(state, 'sub', a, b, shift),
    negate: a => addOrSub(state, 'sub', constant(state, 0n, 0), a, 0),
    scale: (a, k) => alias(state, a, state.columns.frac[a]! - k),
    mul: (a, b) => mul(state, a, b),
    mux: (select, ifTrue, ifFalse) => mux(state, select, ifTrue, ifFalse),
    lt: (a, b) => lessThan(state, a, b),
    below: (a, raw, frac) => below(state, a, raw, frac),
    le: (a, b) => not(state, lessThan(state, b, a)),
    eq: (a, b) => equal(state, a, b),
    and: (a, b) => logic(state, 'and', a, b),
    or: (a, b) => logic(state, 'or', a, b),
    xor: (a, b) => logic(state, 'xor', a, b),
    not: a => not(state, a),
    parity: (a, b, c) => bitwise(state, 'parity', [a, b, c]),
    majority: (a, b, c) => bitwise(state, 'majority', [a, b, c]),
    max: (a, b) => extreme(state, a, b, 'max'),
    min: (a, b) => extreme(state, a, b, 'min'),
    bits: (a, low, width, signed, frac) => bits(state, a, low, width, signed, frac),
    floorTo: (a, frac) => floorTo(state, a, frac),
    within: (a, min, max) => within(state, a, min, max),
    table: (index, table) => lookup(state, index, table),
    copy: net => copyCell(state, net),
    cell: (kind, [a, b, c], param, interval) =>
      combine(state, { kind, a: a ?? none, b: b ?? none, c: c ?? none, param, interval }),
    register: (data, options = {}) => register(state, data, intervalOf(state, data), options),
    registerLoop: (type, options = {}) => register(state, none, whole(type), options),
    connect: (target, data, enable) => connect(state, target, data, enable),
    memory: memory => state.memories.push({ ...memory, write: undefined }) - 1,
    write: (memory, address, data, enable) => {
      state.memories[memory] = { ...state.memories[memory]!, write: { address, data, enable } }
    },
    read: (memory, address, enable) => {
      const { element } = state.memories[memory]!
      return append(state, {
        kind: 'read',
        a: address,
        b: enable ?? none,
        param: memory,
        interval: whole(element),
      })
    },
    instanceOutput: interval => append(state, { kind: 'instance', param: state.instanceOutputs++, interval }),
    name: (net, name) => {
      state.names.set(net, name)
      return net
    },
    interval: net => intervalOf(state, net),
    depth: net => state.columns.depth[net]!,
    type: net => netType(state.columns, net),
    isConstant: net => state.columns.min[net] === state.columns.max[net],
    tell: text => void findings.push(finding({ ...text, place: state.layers[state.current]! })),
    findings,
    finish: () => finish(state),
  }
  return builder
}
