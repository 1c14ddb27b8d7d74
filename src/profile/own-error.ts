// What a layer does wrong by itself. The float meaning of a layer is computed on the very inputs that the fixed-point
// layer gets, so that nothing earlier counts, and the two results are held against what the layer's own rounding can
// explain:
//
//   one step of the result (half where it rounds to nearest)
//   + one step of the accumulator for each term of a sum, where the accumulator cuts fraction bits
//   + one step of any other type inside that is converted to
//   + what rounded weights change on these inputs
//   + one more step of the result, where it comes from tables: ones that cover and resolve their input err by less.
//
// A difference beyond that is no rounding: a value left the range of a type, or a table cannot follow the function.

import { bug } from '../diagnostics/diagnostic.ts'
import type { Batch } from '../engines/engine.ts'
import { runFloat } from '../engines/float.ts'
import { rawToNumber } from '../fixed/convert.ts'
import { type Plan, perElement, type Step } from '../fixed/kernels.ts'
import { type Conversion, type Rounding, sameType } from '../fixed/types.ts'
import { nodeNamed, type StoredTensor } from '../ir/graph.ts'
import { exactQuantiserConversion } from '../ir/source-quantiser.ts'
import { conversionAt, sizeOf } from '../ir/tensor-type.ts'
import { definitionOf, type OpNode } from '../ops/index.ts'
import { type OpGraph, typedOpOfNode } from '../ops/typed-node.ts'
import { leavingOf } from './type-fit.ts'

/** Why a layer differs by more than its rounding. */
export type OwnCause =
  /** The exact value lies beyond the range of the result's type. */
  | 'range'
  /** A table's range, step or entries. */
  | 'table'
  /** The quantiser that the float layer was trained with is not what the type asked does. */
  | 'quantiser'
  /** The config asks for 1 at the largest input and 0 elsewhere, in place of shares. */
  | 'argmax'
  /** A threshold or sign was decided otherwise. */
  | 'decision'
  /** An accumulator or another type inside the layer is left. */
  | 'inside'

export interface OwnError {
  /** Values compared, and how many differ by more than the layer's rounding explains. */
  readonly of: number
  readonly beyond: number
  /** The largest difference, in values and in steps of the result. */
  readonly largest: number
  readonly largestSteps: number
  /** The most frequent reason; absent where nothing is beyond. */
  readonly cause?: OwnCause
}

export interface OwnErrorCollector {
  /** `inputs` and `result` as numbers, rows of the same piece; inputs in the node's order. */
  add(inputs: readonly Batch[], result: Float64Array): void
  result(): OwnError
}

/**
 * Compares a typed node with the float graph's nodes between the counterparts of its inputs and its own. Undefined
 * where they do not bound a part of the float graph.
 */
export function createOwnError(
  source: OpGraph,
  typed: OpGraph,
  node: OpNode,
  floatOf: ReadonlyMap<string, string>,
): OwnErrorCollector | undefined {
  const target = floatOf.get(node.name)
  const cuts = node.inputs.map(name => floatOf.get(name))
  if (target === undefined || cuts.some(cut => cut === undefined)) return undefined
  const float =
    node.kind === 'input'
      ? (inputs: readonly Batch[]) => inputs[0]!.data
      : floatPart(source, cuts as string[], target)
  if (float === undefined) return undefined
  const rounded = hasWeights(node) ? roundedWeights(typed, node) : undefined
  return collector(typed, node, float, rounded, causeOf(typed, node, nodeNamed(source, target)))
}

/** Causes beside which a value beyond its type is the plainer one. */
const leavesRange: ReadonlySet<OwnCause> = new Set(['table', 'quantiser', 'inside'])

type Runner = (inputs: readonly Batch[]) => Float64Array

function collector(
  typed: OpGraph,
  node: OpNode,
  float: Runner,
  roundedWeights: Runner | undefined,
  elsewhere: OwnCause,
): OwnErrorCollector {
  const size = sizeOf(node.shape)
  const explained = explainedBy(typed, node)
  const result = node.resolved.result ?? bug(`${node.name} has no type`)
  const leaves = Array.from({ length: size }, (_, k) => leavingOf(conversionAt(result, node.shape, k)))
  let [of, beyond, outside, largest, largestSteps] = [0, 0, 0, 0, 0]
  return {
    add: (inputs, got) => {
      const exact = float(inputs)
      const weighed = roundedWeights?.(inputs)
      of += got.length
      for (let k = 0; k < got.length; k++) {
        const difference = Math.abs(got[k]! - exact[k]!)
        const { rounding, step } = explained[k % size]!
        if (difference > largest) largest = difference
        if (difference > largestSteps * step) largestSteps = difference / step
        const byWeights = weighed === undefined ? 0 : Math.abs(exact[k]! - weighed[k]!)
        // Sums of doubles are not exact either.
        const room = (rounding + byWeights) * (1 + 2 ** -30) + Math.abs(exact[k]!) * 2 ** -40
        if (difference <= room) continue
        beyond++
        if (leaves[k % size]!(exact[k]!)) outside++
      }
    },
    result: () => ({
      of,
      beyond,
      largest,
      largestSteps,
      ...(beyond === 0
        ? {}
        : { cause: leavesRange.has(elsewhere) && 2 * outside >= beyond ? 'range' : elsewhere }),
    }),
  }
}

function hasWeights(node: OpNode): boolean {
  return node.kind !== 'threshold' && Object.keys(node.weights).length > 0
}

function causeOf(typed: OpGraph, node: OpNode, target: OpNode): OwnCause {
  if (planOf(typed, node).steps.some(({ kernel }) => kernel === 'one-hot-maximum')) return 'argmax'
  if (['threshold', 'binary-tanh', 'ternary-tanh'].includes(node.kind)) return 'decision'
  if (Object.keys(node.resolved).some(role => role.includes('table'))) return 'table'
  return keepsQuantiser(node, target) ? 'inside' : 'quantiser'
}

function planOf(typed: OpGraph, node: OpNode): Plan {
  return definitionOf(node.kind).emulate(typedOpOfNode(typed, node))
}

function keepsQuantiser(node: OpNode, { quantisers }: OpNode): boolean {
  const trained = quantisers.result && exactQuantiserConversion(quantisers.result, 'result')
  const types = node.resolved.result?.to.types ?? []
  return (
    trained === undefined ||
    types.every((type, k) => sameType(type, trained.to.types[k] ?? trained.to.types[0]!))
  )
}

/** The float graph between the results of some nodes and of one behind them. */
function floatPart(source: OpGraph, cuts: readonly string[], target: string): Runner | undefined {
  const needed = new Set<string>()
  const walk = (name: string): void => {
    if (needed.has(name)) return
    needed.add(name)
    if (!cuts.includes(name)) for (const input of nodeNamed(source, name).inputs) walk(input)
  }
  walk(target)
  const nodes = source.nodes.filter(({ name }) => needed.has(name))
  const isBounded = nodes.every(({ kind, name }) => kind !== 'input' || cuts.includes(name))
  if (!isBounded) return undefined
  const part = { ...source, nodes: nodes.map(node => (cuts.includes(node.name) ? inputLike(node) : node)) }
  const order = part.nodes.filter(({ kind }) => kind === 'input').map(({ name }) => cuts.indexOf(name))
  return inputs =>
    runFloat(
      part,
      order.map(k => inputs[k]!),
      [target],
    ).get(target)!.data
}

/** A node that gives what it is given. */
function inputLike(node: OpNode): OpNode {
  return { ...node, kind: 'input', inputs: [], attrs: {}, weights: {}, quantisers: {} } as OpNode
}

/** The float meaning of a typed node with its weights as they were rounded. */
function roundedWeights(typed: OpGraph, node: OpNode): Runner {
  const before = [...new Set(node.inputs)].map(name => inputLike(nodeNamed(typed, name)))
  const ids = new Set(Object.values(node.weights))
  const store = new Map(
    [...typed.store].filter(([id]) => ids.has(id)).map(([id, tensor]) => [id, asFloat(tensor)]),
  )
  const own = { ...node, quantisers: {} } as OpNode
  const part = { ...typed, nodes: [...before, own], store }
  return inputs =>
    runFloat(
      part,
      before.map(({ name }) => inputs[node.inputs.indexOf(name)]!),
      [node.name],
    ).get(node.name)!.data
}

function asFloat(tensor: StoredTensor): StoredTensor {
  if (tensor.form === 'float') return tensor
  const data = Float64Array.from(tensor.raw, raw => rawToNumber(raw, tensor.type.frac))
  return { form: 'float', shape: tensor.shape, data }
}

/** By element: what roundings can add up to, weights aside, and the step of the result. */
function explainedBy(typed: OpGraph, node: OpNode): { rounding: number; step: number }[] {
  const result = node.resolved.result ?? bug(`${node.name} has no type`)
  const plan = planOf(typed, node)
  const follows = plan.steps.every(({ kernel }) => kernel !== 'table' && kernel !== 'scan')
  return Array.from({ length: sizeOf(node.shape) }, (_, k) => {
    const own = conversionAt(result, node.shape, k)
    const step = 2 ** -own.to.frac
    const inside = follows ? plan.steps.reduce((sum, one) => sum + roundedInside(plan, one, k), 0) : step
    return { rounding: lossOf(own) + inside, step }
  })
}

/** The most that one rounding loses. */
function lossOf({ to, rounding }: Pick<Conversion, 'to' | 'rounding'>): number {
  const nearest: readonly Rounding[] = ['RND', 'RND_ZERO', 'RND_INF', 'RND_MIN_INF', 'RND_CONV']
  return 2 ** -to.frac * (nearest.includes(rounding) ? 0.5 : 1)
}

/** What a step may lose before the result's own conversion. */
function roundedInside(plan: Plan, step: Step, element: number): number {
  const before = step.into === plan.output ? 0 : convertedLoss(step, element)
  if (step.kernel === 'affine') return before + (step.shift === undefined ? 0 : lossOf(step.shift))
  if (step.kernel !== 'multiply-accumulate' && step.kernel !== 'reduce') return before
  const source = plan.buffers[step.from] ?? bug('a step reads no buffer')
  const frac = Math.max(...source.types.map(own => own.frac))
  const isLast = step.into === plan.output
  if (step.kernel === 'reduce') return before + reductionLoss(step, frac, isLast ? element : undefined)
  // What moves results behind a sum leaves open which column makes an element.
  const columns = isLast ? [element % step.outputs] : Array.from({ length: step.outputs }, (_, k) => k)
  return before + Math.max(...columns.map(column => sumLoss(step, frac, column)))
}

/** A loss for each term that comes with more fraction bits than the accumulator has. */
function reductionLoss(
  { accumulator, groups, op }: Extract<Step, { kernel: 'reduce' }>,
  frac: number,
  element: number | undefined,
): number {
  if (op !== 'add' || accumulator === undefined || accumulator.to.frac >= frac) return 0
  const own = element === undefined ? undefined : groups[element]
  const terms = own?.length ?? groups.reduce((most, group) => Math.max(most, group.length), 0)
  return terms * lossOf(accumulator)
}

type Sum = Extract<Step, { kernel: 'multiply-accumulate' }>

/** A loss for each term of a sum that comes with more fraction bits than the accumulator has. */
function sumLoss(step: Sum, sourceFrac: number, column: number): number {
  const { accumulator, product, inputs, outputs, weights } = step
  const frac = product.kind === 'shift' ? product.to.to.frac : sourceFrac + step.weightFrac
  const cut = (own: number) =>
    accumulator === undefined || accumulator.to.frac >= own ? 0 : lossOf(accumulator)
  const perTerm = cut(frac) + (product.kind === 'shift' ? lossOf(product.to) : 0)
  const terms = Array.from({ length: inputs }, (_, k) => weights[k * outputs + column]).filter(w => w !== 0n)
  return terms.length * perTerm + (step.bias === undefined ? 0 : cut(step.biasFrac))
}

function convertedLoss(step: Step, element: number): number {
  if (!('conversions' in step) || step.conversions.length === 0) return 0
  const { conversions } = step
  return lossOf(perElement(conversions, element % conversions.length))
}
