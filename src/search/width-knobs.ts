// What a search for widths may turn: fraction bits of a network's inputs, of its float weights, of results and of sums.
// Integer bits follow from ranges: those of weights from the weights, those of results from the rows, limited (they
// saturate) where the rows do not prove them; those of sums are proved and cannot overflow.

import { type CompileOptions, compileModel } from '../compile.ts'
import type { Batch } from '../engines/engine.ts'
import { bitLength } from '../fixed/bit-length.ts'
import { type Conversion, conversion, type FixedType } from '../fixed/types.ts'
import { usersOf } from '../ir/graph.ts'
import type { OpKind, OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Narrow } from '../passes/pass.ts'
import { floatTensors, resolveLossless } from '../passes/resolve-lossless.ts'

/**
 * Fraction bits by knob, e.g. `fc1.weight`, `fc1.result`, `fc1.accum`. A sum that is not named is exact. `integer`, where it
 * is there, gives all results as many integer bits, or as many as can be proved to be enough.
 */
export type Widths = Readonly<Record<string, number>>

/** Least and greatest value of every layer of the float network on the rows. */
export type Ranges = ReadonlyMap<string, { readonly min: number; readonly max: number }>

export interface Knobs {
  /** Inputs, weights and results, in graph order. */
  readonly fracs: readonly string[]
  /** Sums. */
  readonly accums: readonly string[]
  /** Fraction bits beyond which a knob is not turned; the search sets those of softmaxes. */
  readonly most: ReadonlyMap<string, number>
  /** Fraction bits that a knob keeps. */
  readonly least: ReadonlyMap<string, number>
  /** Integer bits, sign included, that hold the values of every one of them. */
  readonly integerOfAll: number
}

/** The same fraction bits for all, but where more than so many make no sense; sums are exact. */
export function sameForAll({ fracs, most, least }: Knobs, frac: number): Widths {
  const own = (knob: string) => Math.max(least.get(knob) ?? frac, Math.min(frac, most.get(knob) ?? frac))
  return Object.fromEntries(fracs.map(knob => [knob, own(knob)]))
}

/** Operators whose result is their input's values in other places: it has no type of its own. */
const rearranging: ReadonlySet<OpKind> = new Set([
  'reshape',
  'permute',
  'pad',
  'crop',
  'upsample',
  'concatenate',
])

/** Operators that pass most of what they are given: the type is cut behind them, not before. */
const passing: ReadonlySet<OpKind> = new Set(['relu', 'leaky-relu', 'prelu', 'thresholded-relu', 'quantise'])

/** The knobs of a network, its inputs typed by `inputs`. Passes have merged what they merge by then. */
export function knobsOf(source: OpGraph, options: CompileOptions, ranges: Ranges): Knobs {
  let before = source
  let tensors: readonly { key: string; size: number }[] = []
  const onPass = (pass: { name: string }, after: OpGraph) => {
    if (pass.name === resolveLossless.name) tensors = floatTensors(before)
    before = after
  }
  const { typed } = compileModel(source, { ...options, onPass })
  const fracs = typed.nodes.flatMap(node => {
    const own = tensors.map(({ key }) => key).filter(key => key.startsWith(`${node.name}.`))
    return [...own, ...(hasResultKnob(source, typed, node) ? [`${node.name}.result`] : [])]
  })
  const accums = typed.nodes
    .filter(({ kind }) => kind === 'dense' || kind === 'conv')
    .filter(({ resolved }) => resolved.accum !== undefined)
    .map(({ name }) => `${name}.accum`)
  const softmaxes = typed.nodes.filter(({ kind }) => kind === 'softmax')
  const unlimited = Number.POSITIVE_INFINITY
  return {
    fracs: [...new Set(fracs)],
    accums,
    most: new Map(softmaxes.map(({ name }) => [`${name}.result`, unlimited])),
    least: new Map(typed.outputs.map(name => [`${name}.result`, leastOfOutput(ranges.get(name))])),
    integerOfAll: integerOfAll(typed, tensors, ranges),
  }
}

/** An output keeps three bits of what it reaches: decisions may need less, but who reads them is not known. */
function leastOfOutput(range: { min: number; max: number } | undefined): number {
  const span = range === undefined ? 1 : range.max - range.min
  return 3 - Math.ceil(Math.log2(span || 1))
}

/** Of the trained values and the ranges of results. */
function integerOfAll(typed: OpGraph, tensors: readonly { key: string }[], ranges: Ranges): number {
  const keys = new Set(tensors.map(({ key }) => key))
  const integers = typed.nodes.flatMap(node => {
    const range = ranges.get(node.name)
    const weights = Object.keys(node.weights).filter(role => keys.has(`${node.name}.${role}`))
    return [
      ...weights.map(role => node.resolved[role]!.to.types[0]!).map(({ width, frac }) => width - frac),
      ...(range === undefined ? [] : [integerBits(range, true, 4)]),
    ]
  })
  return Math.max(1, ...integers)
}

function hasResultKnob(source: OpGraph, typed: OpGraph, node: OpNode): boolean {
  const stated = node.quantisers.result !== undefined
  const merged = node.origin.mergedNames.some(name =>
    source.nodes.some(own => own.name === name && own.kind === 'batch-norm'),
  )
  if (stated || merged || rearranging.has(node.kind) || isCodedResult(node) || isChosen(node)) return false
  if (node.resolved.result!.to.types.length > 1) return false
  const readers = usersOf(typed, node.name)
  const isOutput = typed.outputs.includes(node.name)
  return isOutput || readers.length !== 1 || !passing.has(readers[0]!.kind) || passing.has(node.kind)
}

/** Results that stand for ±1 or a place: their type is what they are. */
function isCodedResult({ kind }: OpNode): boolean {
  return kind === 'binary-tanh' || kind === 'ternary-tanh' || kind === 'threshold'
}

/** The greatest of some values is one of them. */
function isChosen(node: OpNode): boolean {
  return (node.kind === 'pool' || node.kind === 'global-pool') && node.attrs.reduce === 'max'
}

/** The types that these widths mean, as options of a compilation without a config's precision. */
export function typesOf(
  widths: Widths,
  inputTypes: ReadonlyMap<string, FixedType>,
  ranges: Ranges,
): Pick<CompileOptions, 'inputTypes' | 'weightFracs' | 'narrow'> {
  const own = [...inputTypes].map(([name, type]) => [name, cut(type, widths[`${name}.result`])] as const)
  const weightFracs = new Map(Object.entries(widths))
  const narrow: Narrow = (node, lossless) => {
    const result = widths[`${node.name}.result`]
    if (node.kind === 'softmax') return result === undefined ? {} : { result: probability(result) }
    const sumFrac = widths[`${node.name}.accum`]
    const sum =
      sumFrac === undefined || lossless.accum === undefined ? undefined : cutSum(lossless.accum, sumFrac)
    const held = sum ?? lossless.result
    return {
      ...(sum === undefined ? {} : { accum: sum, result: sum }),
      ...(result === undefined || held === undefined
        ? {}
        : { result: cutResult(held, result, ranges.get(node.name), widths.integer) }),
    }
  }
  return { inputTypes: new Map(own), weightFracs, narrow }
}

/** What a softmax's tables are made for, from its type. */
function probability(frac: number): Conversion {
  return conversion({ signed: false, width: frac, frac }, 'RND', 'SAT')
}

/** An input's type with fewer fraction bits: rows are rounded on their way in. */
function cut(type: FixedType, frac: number | undefined): FixedType {
  if (frac === undefined || frac >= type.frac) return type
  return { ...type, width: Math.max(1, type.width - (type.frac - frac)), frac }
}

/** Rounded to `frac` bits, with integer bits for what the rows reach: limited there, unless more cannot come. */
function cutResult(
  lossless: Conversion,
  frac: number,
  range: { min: number; max: number } | undefined,
  integerOfAll: number | undefined,
): Conversion {
  const { to } = lossless
  const rounds = frac < to.frac
  const fewer = rounds ? frac : to.frac
  const limits = lossless.overflow !== 'WRAP'
  const proved = to.width - to.frac + (rounds && !limits ? 1 : 0)
  const reached = range === undefined ? proved : integerBits(range, to.signed, fewer)
  const integer = Math.min(proved, integerOfAll ?? reached)
  const width = Math.max(1, integer + fewer)
  const isShort = limits || integer < proved || width > integer + fewer
  const type = { signed: to.signed, width, frac: fewer }
  return conversion(type, rounds ? 'RND' : lossless.rounding, isShort ? 'SAT' : 'WRAP')
}

/** Integer bits, sign included, of the range rounded to `frac` bits. */
export function integerBits(
  { min, max }: { min: number; max: number },
  signed: boolean,
  frac: number,
): number {
  const raw = (value: number) => BigInt(Math.round(value * 2 ** frac))
  const above = bitLength(raw(Math.max(0, max)))
  const low = raw(Math.min(0, min))
  const below = signed && low < 0n ? bitLength(-low - 1n) : 0
  return Math.max(above, below) + (signed ? 1 : 0) - frac
}

/** Every product and the bias floored to `frac` bits; a bit more, as what is floored falls. */
function cutSum({ to }: Conversion, frac: number): Conversion {
  if (frac >= to.frac) return conversion(to)
  const width = to.width - (to.frac - frac) + (to.signed ? 1 : 2)
  return conversion({ signed: true, width: Math.max(2, width), frac })
}

/** Least and greatest value of every layer in a batch of float results. */
export function rangeOfBatch({ data }: Batch): { min: number; max: number } {
  let [min, max] = [0, 0]
  for (const value of data) {
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}
