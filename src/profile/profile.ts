// The values of a network against the types that hold them, as hls4ml's `profiling.numerical` shows them: weights and
// results of layers, of the float model (before) and of the typed one (after).

import type { CompiledModel } from '../compile.ts'
import type { Batch } from '../engines/engine.ts'
import { createFixedEngine } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { rawToNumber } from '../fixed/convert.ts'
import { conversion } from '../fixed/types.ts'
import { nodeNamed, type StoredTensor } from '../ir/graph.ts'
import { type Shape, type TensorConversion, tensorConversion } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { isIdentity, matchLayers } from '../search/match-layers.ts'
import { createDistribution, type Distribution, distributionOf } from './distribution.ts'
import { meaning, ownRange, piece, resultConversion, rowsAtOnce } from './rows.ts'
import { createFit, type FitCollector, type TypeFit } from './type-fit.ts'

/** The values of one tensor: a trained one, or the results of a layer over all rows. */
export interface ProfiledTensor {
  /** Name of the layer. */
  readonly layer: string
  /** `result`, or the role of a trained tensor: weight, bias, scale, … */
  readonly role: string
  /** Shape without the rows. */
  readonly shape: readonly number[]
  readonly distribution: Distribution
  /** The type that holds these values in the fixed-point model, and how they fit it; absent where none does. */
  readonly fit?: TypeFit
  /** Why there is no type. */
  readonly untyped?: string
}

/** The same network twice: `before`, as trained; `after`, with fixed-point types, layers folded. */
export interface ProfiledPair {
  readonly before: readonly ProfiledTensor[]
  readonly after: readonly ProfiledTensor[]
}

export interface Profile {
  /** Name of the model. */
  readonly model: string
  /** Whose rules gave the types; absent where the model has none. */
  readonly rules?: 'hls4ml' | 'lossless'
  /** Rows that the results come from; 0 for weights alone. */
  readonly rows: number
  readonly weights: ProfiledPair
  /** Results of layers, inputs among them; absent without rows. */
  readonly activations?: ProfiledPair
}

/** A model as it was imported, and typed where its types are known. */
export type ProfiledModel = Pick<CompiledModel, 'source'> & Partial<Pick<CompiledModel, 'typed' | 'rules'>>

/** Takes rows piece by piece. */
export interface Profiler {
  /** Inputs in graph order. */
  add(inputs: readonly Batch[]): void
  result(): Profile
}

/** Profiles a model on rows that are all there; without any, its weights alone. */
export function profileModel(model: ProfiledModel, inputs: readonly Batch[] = []): Profile {
  const profiler = createProfiler(model)
  const step = rowsAtOnce(model.source, model.typed ?? model.source)
  for (let row = 0; row < (inputs[0]?.rows ?? 0); row += step) profiler.add(piece(inputs, row, step))
  return profiler.result()
}

/** A model without types has no fixed-point values: its `after` is empty. */
export function createProfiler({ source, typed, rules }: ProfiledModel): Profiler {
  const float = floatResults(source, typed)
  const fixed = typed === undefined ? undefined : fixedResults(typed)
  let rows = 0
  return {
    add: inputs => {
      rows += inputs[0]!.rows
      float.add(inputs)
      fixed?.add(inputs)
    },
    result: () => ({
      model: source.name,
      ...(rules === undefined ? {} : { rules }),
      rows,
      weights: {
        before: source.nodes.flatMap(node => floatWeights(source, typed, node)),
        after: typed === undefined ? [] : typed.nodes.flatMap(node => fixedWeights(typed, node)),
      },
      ...(rows === 0 ? {} : { activations: { before: float.tensors(), after: fixed?.tensors() ?? [] } }),
    }),
  }
}

const noTypes = 'the model has no types yet'

interface Collected {
  readonly layer: string
  readonly shape: Shape
  readonly distribution: ReturnType<typeof createDistribution>
  readonly fit: FitCollector | undefined
  readonly untyped?: string
}

function floatResults(source: OpGraph, typed: OpGraph | undefined) {
  const match = typed === undefined ? undefined : matchLayers(source, typed)
  const fixedOf = new Map([...(match?.floatOf ?? [])].map(([fixed, float]) => [float, fixed]))
  const reasons = new Map(match?.unmatched.map(({ name, reason }) => [name, reason]))
  // An identity that is folded away has the results of the layer before it.
  const shown = source.nodes.filter(
    node => match === undefined || fixedOf.has(node.name) || !isIdentity(node),
  )
  const layers = shown.map((node): Collected => {
    const counterpart = fixedOf.get(node.name)
    const fixed = typed === undefined || counterpart === undefined ? undefined : nodeNamed(typed, counterpart)
    return {
      layer: node.name,
      shape: node.shape,
      distribution: createDistribution(),
      fit: fixed === undefined ? undefined : resultFit(fixed),
      ...(fixed === undefined ? { untyped: reasons.get(node.name) ?? noTypes } : {}),
    }
  })
  const names = layers.map(({ layer }) => layer)
  return {
    add: (inputs: readonly Batch[]) => {
      const values = runFloat(source, inputs, names)
      for (const layer of layers) collect(layer, values.get(layer.layer)!.data)
    },
    tensors: () => layers.map(resultTensor),
  }
}

function fixedResults(typed: OpGraph) {
  const engine = createFixedEngine(typed)
  const layers = typed.nodes.map((node): Collected & { node: OpNode } => ({
    node,
    layer: node.name,
    shape: node.shape,
    distribution: createDistribution(),
    fit: resultFit(node),
  }))
  const names = layers.map(({ layer }) => layer)
  return {
    add: (inputs: readonly Batch[]) => {
      const values = engine.run(inputs, names)
      for (const layer of layers) collect(layer, meaning(layer.node, values.get(layer.layer)!))
    },
    tensors: () => layers.map(resultTensor),
  }
}

function resultFit(node: OpNode): FitCollector {
  const fit = createFit(resultConversion(node), node.shape)
  return { add: fit.add, result: () => ownRange(node, fit.result()) }
}

function collect({ distribution, fit }: Collected, values: Float64Array): void {
  distribution.add(values)
  fit?.add(values)
}

function resultTensor({ layer, shape, distribution, fit, untyped }: Collected): ProfiledTensor {
  return {
    layer,
    role: 'result',
    shape,
    distribution: distribution.result(),
    ...(fit === undefined ? {} : { fit: fit.result() }),
    ...(untyped === undefined ? {} : { untyped }),
  }
}

/** Trained tensors as the model has them, against the types that their layer gives them. */
function floatWeights(source: OpGraph, typed: OpGraph | undefined, node: OpNode): ProfiledTensor[] {
  const counterpart = typed?.nodes.find(({ name, kind }) => name === node.name && kind === node.kind)
  return Object.entries(node.weights).flatMap(([role, id]) => {
    const tensor = source.store.get(id)
    if (tensor === undefined) return []
    const held = typed?.store.get(counterpart?.weights[role] ?? '')
    const type = counterpart === undefined ? undefined : heldAs(counterpart, role, held)
    const reason = typed === undefined ? noTypes : 'folded into another layer'
    return [weightTensor(node.name, role, tensor, type, reason)]
  })
}

function fixedWeights(typed: OpGraph, node: OpNode): ProfiledTensor[] {
  return Object.entries(node.weights).flatMap(([role, id]) => {
    const tensor = typed.store.get(id)
    return tensor === undefined
      ? []
      : [weightTensor(node.name, role, tensor, heldAs(node, role, tensor), noTypes)]
  })
}

/** The type that a tensor is stored under: of codings (±1, ±2^e) that is the narrowest, not the width of a code. */
function heldAs(node: OpNode, role: string, tensor: StoredTensor | undefined): TensorConversion | undefined {
  if (tensor?.form !== 'raw') return undefined
  const asked = node.resolved[role]
  return asked === undefined
    ? tensorConversion(conversion(tensor.type))
    : { ...asked, to: tensorConversion(conversion(tensor.type)).to }
}

function weightTensor(
  layer: string,
  role: string,
  tensor: StoredTensor,
  type: TensorConversion | undefined,
  reason: string,
): ProfiledTensor {
  const values =
    tensor.form === 'float'
      ? tensor.data
      : Float64Array.from(tensor.raw, raw => rawToNumber(raw, tensor.type.frac))
  const fit = type === undefined ? undefined : createFit(type, tensor.shape)
  fit?.add(values)
  return {
    layer,
    role,
    shape: tensor.shape,
    distribution: distributionOf(values),
    ...(fit === undefined ? { untyped: reason } : { fit: fit.result() }),
  }
}
