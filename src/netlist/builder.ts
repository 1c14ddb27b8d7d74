// Builds a netlist cell by cell, keeping exact intervals, folding constants and reusing equal cells.
// Every function returns the net of the result; nothing is rounded unless `bits` cuts it.

import { type Diagnostic, finding } from '../diagnostics/diagnostic.ts'
import { type Interval, intervalOf } from '../fixed/interval.ts'
import type { FixedType } from '../fixed/types.ts'
import { arithmeticIn } from './build-arithmetic.ts'
import { logicIn } from './build-logic.ts'
import { statesIn } from './build-states.ts'
import { wordsIn } from './build-words.ts'
import {
  appendCell,
  type CellStore,
  combineCell,
  constant,
  copyCell,
  emptyStore,
  intervalAt,
  netlistOf,
  none,
} from './cell-store.ts'
import type { ConstantMatrix } from './constant-matrix.ts'
import { type CellKind, type Memory, type Net, type Netlist, netType, type Table } from './netlist.ts'
import { optimiser, type ProductOptions, type ProductSolver, type SolvedProduct } from './product-solver.ts'

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

export interface BuilderOptions {
  readonly dsp?: boolean
  /** How much work goes into constant products; 1 by default, 0 for the least. */
  readonly effort?: number
  /** In place of the optimiser. */
  readonly solver?: ProductSolver | undefined
}

/** Starts an empty netlist. */
export function createBuilder(options: BuilderOptions = {}): NetlistBuilder {
  const store = emptyStore()
  const findings: Diagnostic[] = []
  const solver = options.solver ?? optimiser(options.effort ?? 1)
  const layer = () => store.layers[store.current]!
  const builder: NetlistBuilder = {
    dsp: options.dsp ?? false,
    constantColumns: (weights, x, productOptions, lower) =>
      solver.columns(builder, weights, x, productOptions, lower, layer()),
    constantProduct: (weights, x, productOptions = {}) =>
      solver.solve(builder, weights, x, productOptions, layer()),
    ...bordersIn(store),
    ...arithmeticIn(store),
    ...logicIn(store),
    ...wordsIn(store),
    ...statesIn(store),
    ...answersOf(store),
    tell: text => void findings.push(finding({ ...text, place: layer() })),
    findings,
    finish: () => netlistOf(store),
  }
  return builder
}

/** Layers, ports, constants and cells as they are told. */
const bordersIn = (store: CellStore) =>
  ({
    layer: name => {
      const known = store.layers.indexOf(name)
      store.current = known >= 0 ? known : store.layers.push(name) - 1
    },
    input: (name, type, range) => {
      const interval = range === undefined ? intervalOf(type) : { ...range, frac: type.frac }
      const net = appendCell(store, { kind: 'input', param: store.inputs.length, interval })
      store.inputs.push({ name, net })
      return net
    },
    output: (name, net) => void store.outputs.push({ name, net }),
    instanceOutput: interval =>
      appendCell(store, { kind: 'instance', param: store.instanceOutputs++, interval }),
    constant: (raw, frac) => constant(store, raw, frac),
    copy: net => copyCell(store, net),
    cell: (kind, [a, b, c], param, interval) =>
      combineCell(store, { kind, a: a ?? none, b: b ?? none, c: c ?? none, param, interval }),
    name: (net, name) => {
      store.names.set(net, name)
      return net
    },
  }) satisfies Partial<NetlistBuilder>

/** What is known of a net. */
const answersOf = (store: CellStore) =>
  ({
    interval: net => intervalAt(store, net),
    depth: net => store.columns.depth[net]!,
    type: net => netType(store.columns, net),
    isConstant: net => store.columns.min[net] === store.columns.max[net],
  }) satisfies Partial<NetlistBuilder>
