// Finds input types and, for float weights, the fewest fraction bits per tensor that keep the loss asked for.

import { type CompiledModel, type CompileOptions, compileModel } from '../compile.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { type Batch, firstRows } from '../engines/engine.ts'
import { createFixedEngine, toNumbers } from '../engines/fixed/fixed.ts'
import { createSharedEngine, isWorthSharing, type SharedEngine } from '../engines/fixed/shared-results.ts'
import { runFloat } from '../engines/float.ts'
import { bitLength } from '../fixed/bit-length.ts'
import type { FixedType } from '../fixed/types.ts'
import { nodeNamed } from '../ir/graph.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { floatTensors, resolveLossless } from '../passes/resolve-lossless.ts'
import { type LossKind, lossOf } from './loss.ts'

export interface Calibration {
  readonly inputs: readonly Batch[]
  readonly loss: LossKind
  /** Largest loss accepted, as a share of 1. */
  readonly maxLoss: number
}

const fewest = 4
const most = 16
const calibrationRows = 1000

/** Types a model without a config: input types from the rows, weight bits by search. */
export function compileLossless(
  source: OpGraph,
  calibration: Calibration,
  options: CompileOptions = {},
): CompiledModel {
  const inputs = calibration.inputs.map(batch => firstRows(batch, calibrationRows))
  const names = source.nodes.filter(node => node.kind === 'input').map(node => node.name)
  const given = options.inputTypes ?? new Map<string, FixedType>()
  const unstated = (name: string) => nodeNamed(source, name).quantisers.result === undefined
  const inputTypes = new Map(
    names.flatMap((name, k) => {
      const type = given.get(name) ?? (unstated(name) ? typeOfData(inputs[k]!) : undefined)
      return type === undefined ? [] : [[name, type] as const]
    }),
  )
  const own = { ...calibration, inputs }
  const typed = { ...options, inputTypes }
  const found = widestSearch(source, own, typed)
  return compileModel(source, { ...found.options, weightFracs: searchFracs(source, own, found) })
}

/** Fraction bits that tables keep: the usual ones, and more where the loss is not kept with all weights at their widest. */
const tableFracs = [undefined, 10, 12] as const

function withTables(options: CompileOptions, tableFrac: number | undefined): CompileOptions {
  return tableFrac === undefined ? options : { ...options, tableFrac }
}

/** What a search starts from: float outputs, and the loss with all weights at their widest. */
interface Search {
  readonly options: CompileOptions
  readonly tensors: readonly { readonly key: string; readonly size: number }[]
  readonly float: readonly Batch[]
  readonly widest: number
  /** Runs the rows: all networks that are tried have most of their layers in common. */
  readonly engine: SharedEngine
}

/** With the first tables that keep the loss, else the usual ones. */
function widestSearch(source: OpGraph, calibration: Calibration, options: CompileOptions): Search {
  const engine = createSharedEngine(calibration.inputs)
  let float: readonly Batch[] | undefined
  let usual: Search | undefined
  for (const frac of tableFracs) {
    const own = withTables(options, frac)
    const tensors = searchedTensors(source, own)
    if (tensors.length === 0) return { options: own, tensors, float: [], widest: 0, engine }
    float ??= floatOutputs(source, calibration)
    const weightFracs = widestFracs(tensors)
    const widest = emulatedLoss(source, { options: own, float, engine }, calibration, weightFracs)
    const search = { options: own, tensors, float, widest, engine }
    if (widest <= calibration.maxLoss) return search
    usual ??= search
  }
  return usual!
}

/** As many fraction bits as there may be in every float tensor. */
function widestFracs(tensors: Search['tensors']): Map<string, number> {
  return new Map(tensors.map(({ key }) => [key, most]))
}

function floatOutputs(source: OpGraph, { inputs }: Calibration): Batch[] {
  const results = runFloat(source, inputs, source.outputs)
  return source.outputs.map(output => results.get(output)!)
}

/** The narrowest type that holds the values exactly, with at most 16 fraction bits (then rounded to nearest). */
export function typeOfData(batch: Batch): FixedType {
  let frac = 0
  let low = 0
  let high = 0
  for (const value of batch.data) {
    low = Math.min(low, value)
    high = Math.max(high, value)
    while (frac < most && !Number.isInteger(value * 2 ** frac)) frac++
  }
  const signed = low < 0
  const reach = Math.max(Math.round(high * 2 ** frac), -Math.round(low * 2 ** frac) - 1, 0)
  return { signed, width: bitLength(BigInt(reach)) + (signed ? 1 : 0), frac }
}

/** Tensors to be searched, largest first: they have most to save. Passes have merged what they merge by then. */
export function searchedTensors(source: OpGraph, options: CompileOptions): { key: string; size: number }[] {
  let before = source
  let found: { key: string; size: number }[] = []
  const onPass = (pass: { name: string }, after: OpGraph) => {
    if (pass.name === resolveLossless.name) found = floatTensors(before)
    before = after
  }
  compileModel(source, { ...options, onPass })
  return found.sort((a, b) => b.size - a.size)
}

function searchFracs(source: OpGraph, calibration: Calibration, search: Search): Map<string, number> {
  const { tensors, widest } = search
  const fracs = widestFracs(tensors)
  const loss = () => emulatedLoss(source, search, calibration, fracs)
  if (widest > calibration.maxLoss) refuseLoss(widest, calibration.maxLoss)
  for (const { key } of tensors) {
    let [low, high] = [fewest, most]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      fracs.set(key, middle)
      if (loss() <= calibration.maxLoss) high = middle
      else low = middle + 1
    }
    fracs.set(key, high)
  }
  return fracs
}

/** The largest loss of all outputs. */
function emulatedLoss(
  source: OpGraph,
  { options, float, engine }: Pick<Search, 'options' | 'float' | 'engine'>,
  calibration: Calibration,
  weightFracs: ReadonlyMap<string, number>,
): number {
  const { typed } = compileModel(source, { ...options, weightFracs })
  const raw = isWorthSharing(typed, calibration.inputs[0]?.rows ?? 0)
    ? engine.run(typed, typed.outputs)
    : createFixedEngine(typed).run(calibration.inputs, typed.outputs)
  const losses = typed.outputs.map((output, k) => {
    const node = nodeNamed(typed, output)
    const kind = k === 0 ? calibration.loss : lossKindOfNode(node)
    return lossOf(kind, float[k]!, toNumbers(node, raw.get(output)!))
  })
  return Math.max(...losses)
}

/** What is asked of the first output is not known of the others: their operator says how they are judged. */
export function lossKindOfNode({ kind }: OpNode): LossKind {
  return { kind: kind === 'softmax' ? 'decisions' : 'range' }
}

function refuseLoss(found: number, asked: number): never {
  return fail({
    code: 'precision/loss-not-reached',
    place: 'model',
    problem: `with ${most} fraction bits in every float tensor the loss is ${percent(found)}`,
    expected: `at most ${percent(asked)}`,
    remedy: 'Raise --max-loss, or train with quantised weights and activations.',
  })
}

/** Three significant digits, so that a small loss is not shown as none. */
function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`
}
