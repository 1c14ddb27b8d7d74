// The float model beside the fixed-point one, layer by layer on the same rows, as hls4ml's `profiling.compare` shows
// them: norm and distribution of the differences; and where the two part by more than rounding explains.

import type { CompiledModel } from '../compile.ts'
import type { Batch } from '../engines/engine.ts'
import { createFixedEngine } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { nodeNamed } from '../ir/graph.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { matchLayers, type UnmatchedLayer } from '../search/match-layers.ts'
import { createDecisions, type Decisions } from './decisions.ts'
import { createDistribution, type Distribution } from './distribution.ts'
import { createOwnError, type OwnError } from './own-error.ts'
import { meaning, ownRange, piece, resultConversion, rowsAtOnce } from './rows.ts'
import { type TypeRange, typeRangeOf } from './type-fit.ts'

/** A layer's float results f and fixed-point results q, over all rows and elements. */
export interface ComparedLayer {
  /** Name in the fixed-point model. */
  readonly layer: string
  /** The layer of the float model whose results these are: the last of those folded together. */
  readonly float: string
  /** Shape without the rows. */
  readonly shape: readonly number[]
  /** The type of q. */
  readonly type: TypeRange
  /** Euclidean norms of q − f (hls4ml's `norm_diff`) and of f. */
  readonly norm: number
  readonly floatNorm: number
  /** norm / floatNorm; absent where f is 0 throughout. */
  readonly relativeNorm?: number
  /** Of |q − f|, in values. */
  readonly difference: Distribution
  /** Of |q − f| / |f|, at most 1, and 0 where f is 0 (hls4ml's `dist_diff`). */
  readonly relativeDifference: Distribution
  /** The median and the largest |q − f| in steps of the (finest) type. */
  readonly medianSteps: number
  readonly largestSteps: number
  /** Share of values more than a step apart. */
  readonly overStep: number
  /** Pearson's; absent where f or q does not vary. */
  readonly correlation?: number
  /** The layer by itself: float and fixed-point on the same fixed-point inputs. */
  readonly own?: OwnError
}

/** The first layer that by itself differs by more than its rounding explains. */
export interface Divergence extends OwnError {
  readonly layer: string
}

export interface Accuracy {
  /** Shares of the labelled rows that are decided right. */
  readonly float: number
  readonly fixed: number
}

export interface Comparison {
  readonly model: string
  readonly rules: 'hls4ml' | 'lossless'
  readonly rows: number
  /** In the fixed-point model's order, inputs first. */
  readonly layers: readonly ComparedLayer[]
  readonly notCompared: readonly UnmatchedLayer[]
  readonly firstDivergence?: Divergence
  /** By output, those that decide something. */
  readonly decisions: readonly Decisions[]
  /** Of the first output, where labels are given. */
  readonly accuracy?: Accuracy
}

/** Takes rows piece by piece. */
export interface Comparer {
  /** Inputs in graph order, with the classes of the rows where known. */
  add(inputs: readonly Batch[], labels?: readonly number[]): void
  result(): Comparison
}

/** Compares a model's two meanings on rows that are all there. */
export function compareModel(
  compiled: CompiledModel,
  inputs: readonly Batch[],
  labels?: readonly number[],
): Comparison {
  const comparer = createComparer(compiled)
  const step = rowsAtOnce(compiled.source, compiled.typed)
  for (let row = 0; row < (inputs[0]?.rows ?? 0); row += step)
    comparer.add(piece(inputs, row, step), labels?.slice(row, row + step))
  return comparer.result()
}

export function createComparer({ source, typed, rules }: CompiledModel): Comparer {
  const { floatOf, unmatched } = matchLayers(source, typed)
  const engine = createFixedEngine(typed)
  const layers = typed.nodes
    .filter(({ name }) => floatOf.has(name))
    .map(node => layerOf(source, typed, node, floatOf))
  const decisions = typed.outputs.map(name => createDecisions(nodeNamed(typed, name)))
  const floatNames = [...new Set([...floatOf.values(), ...source.outputs])]
  const fixedNames = typed.nodes.map(({ name }) => name)
  let rows = 0
  return {
    add: (inputs, labels) => {
      rows += inputs[0]!.rows
      const float = runFloat(source, inputs, floatNames)
      const raw = engine.run(inputs, fixedNames)
      const fixed = new Map(
        typed.nodes.map(node => [
          node.name,
          { rows: inputs[0]!.rows, shape: node.shape, data: meaning(node, raw.get(node.name)!) },
        ]),
      )
      for (const layer of layers) layer.add(inputs, float, fixed)
      decisions.forEach((decision, k) => {
        const of = [float.get(source.outputs[k]!)!, fixed.get(typed.outputs[k]!)!] as const
        decision.add(...of, k === 0 ? labels : undefined)
      })
    },
    result: () => comparisonOf(source.name, rules, rows, layers, unmatched, decisions),
  }
}

type Layer = ReturnType<typeof layerOf>
type DecisionCollector = ReturnType<typeof createDecisions>

function comparisonOf(
  model: string,
  rules: Comparison['rules'],
  rows: number,
  layers: readonly Layer[],
  notCompared: readonly UnmatchedLayer[],
  decisions: readonly DecisionCollector[],
): Comparison {
  const compared = layers.map(layer => layer.result())
  const first = compared.find(({ own }) => own !== undefined && own.beyond > 0)
  const accuracy = decisions[0]?.accuracy()
  return {
    model,
    rules,
    rows,
    layers: compared,
    notCompared,
    ...(first === undefined ? {} : { firstDivergence: { layer: first.layer, ...first.own! } }),
    decisions: decisions.flatMap(decision => decision.result() ?? []),
    ...(accuracy === undefined ? {} : { accuracy }),
  }
}

function layerOf(source: OpGraph, typed: OpGraph, node: OpNode, floatOf: ReadonlyMap<string, string>) {
  const float = floatOf.get(node.name)!
  const differences = createDifferences()
  const own = createOwnError(source, typed, node, floatOf)
  const type = ownRange(node, typeRangeOf(resultConversion(node), node.shape))
  let places: number[] | undefined
  return {
    add: (
      inputs: readonly Batch[],
      floats: ReadonlyMap<string, Batch>,
      fixed: ReadonlyMap<string, Batch>,
    ) => {
      const result = fixed.get(node.name)!.data
      differences.add(floats.get(float)!.data, result, type.step)
      // An input's own inputs are the rows as they come.
      places ??= typed.nodes
        .filter(({ kind }) => kind === 'input')
        .flatMap(({ name }, k) => (name === node.name ? [k] : []))
      const given =
        node.kind === 'input' ? places.map(k => inputs[k]!) : node.inputs.map(name => fixed.get(name)!)
      own?.add(given, result)
    },
    result: (): ComparedLayer => ({
      layer: node.name,
      float,
      shape: node.shape,
      type,
      ...differences.result(type.step),
      ...(own === undefined ? {} : { own: own.result() }),
    }),
  }
}

type Differences = Omit<ComparedLayer, 'layer' | 'float' | 'shape' | 'type' | 'own'>

/** Norms, distributions and correlation of pairs of values. */
function createDifferences() {
  const difference = createDistribution()
  const relativeDifference = createDistribution()
  let [squares, floatSquares, over, count] = [0, 0, 0, 0]
  const moments = createMoments()
  return {
    add: (float: Float64Array, fixed: Float64Array, step: number) => {
      const differences = fixed.map((value, k) => Math.abs(value - float[k]!))
      difference.add(differences)
      relativeDifference.add(
        differences.map((own, k) => (float[k] === 0 ? 0 : Math.min(1, own / Math.abs(float[k]!)))),
      )
      for (let k = 0; k < fixed.length; k++) {
        squares += differences[k]! ** 2
        floatSquares += float[k]! ** 2
        if (differences[k]! > step) over++
      }
      count += fixed.length
      moments.add(float, fixed)
    },
    result: (step: number): Differences => {
      const [norm, floatNorm] = [Math.sqrt(squares), Math.sqrt(floatSquares)]
      const distribution = difference.result()
      const correlation = moments.correlation()
      return {
        norm,
        floatNorm,
        ...(floatNorm === 0 ? {} : { relativeNorm: norm / floatNorm }),
        difference: distribution,
        relativeDifference: relativeDifference.result(),
        medianSteps: distribution.quantiles.p50 / step,
        largestSteps: distribution.max / step,
        overStep: count === 0 ? 0 : over / count,
        ...(correlation === undefined ? {} : { correlation }),
      }
    },
  }
}

/** Means and products of deviations, kept up value by value (Welford), so that large means cost no digits. */
function createMoments() {
  let [count, meanA, meanB, aa, bb, ab] = [0, 0, 0, 0, 0, 0]
  return {
    add: (a: Float64Array, b: Float64Array) => {
      for (let k = 0; k < a.length; k++) {
        count++
        const [offA, offB] = [a[k]! - meanA, b[k]! - meanB]
        meanA += offA / count
        meanB += offB / count
        aa += offA * (a[k]! - meanA)
        bb += offB * (b[k]! - meanB)
        ab += offA * (b[k]! - meanB)
      }
    },
    correlation: (): number | undefined =>
      aa === 0 || bb === 0 ? undefined : Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))),
  }
}
