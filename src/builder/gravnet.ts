// A GravNet layer of a defined network: dense layers for coordinates and features, the gathering from the nearest
// vertices, and what was gathered beside what there was, through a last dense layer.

import { type Conversion, conversion } from '../fixed/types.ts'
import { tensorConversion } from '../ir/tensor-type.ts'
import type { Gathering, GravNetAttrs } from '../ops/gravnet-aggregate/attrs.ts'
import { gravNetAggregate } from '../ops/gravnet-aggregate/index.ts'
import type { LayerParts, Signal } from './define-network.ts'
import type { DenseLayer } from './layers.ts'
import { exactRequest } from './request.ts'
import { elementTypesOf, type QuantiserLike, tensorQuantiser } from './target-type.ts'

/** A dense layer and what its results are converted to; without a quantiser nothing is lost. */
export interface Projection extends Omit<DenseLayer, 'name'> {
  readonly to?: QuantiserLike
}

export interface GravNetLayer {
  /** Where vertices are, in a space of as many axes as this has units. */
  readonly coordinates: Projection
  /** What they tell each other. */
  readonly features: Projection
  /** Of [what there was, what was gathered]; without it these are the result. */
  readonly output?: Omit<DenseLayer, 'name'>
  /** How many nearest vertices each one takes; of equally near ones the first. */
  readonly neighbours: number
  /** Whether a vertex is one of its own neighbours; not unless given. */
  readonly includeSelf?: boolean
  /** A neighbour at a squared distance of s counts e^(−scale · s); 10 unless given. */
  readonly scale?: number
  /** Mean, then greatest, unless given. */
  readonly gather?: readonly Gathering[]
  /** Type of squared distances, of weights by distance, of weighted features and their sums, of what is gathered. */
  readonly distance?: QuantiserLike
  readonly table?: QuantiserLike
  readonly accum?: QuantiserLike
  readonly gathered?: QuantiserLike
  /** Entries of the table of weights, 1024 unless given, over squared distances below 2^−tableRangePower2, 1 unless given. */
  readonly tableSize?: number
  readonly tableRangePower2?: number
  readonly name?: string
}

/** Adds a layer that reads these. */
export type AddLayer = (name: string, inputs: readonly Signal[], parts: LayerParts) => Signal

export function gravNetSignal(x: Signal, layer: GravNetLayer, name: string, add: AddLayer): Signal {
  const coordinates = projected(x, layer.coordinates, `${name}_coordinates`)
  const features = projected(x, layer.features, `${name}_features`)
  const gathered = add(
    `${name}_gathered`,
    [coordinates, features],
    gatheredParts([coordinates, features], layer, name),
  )
  const own = layer.output === undefined ? name : `${name}_joined`
  const joined = add(own, [x, gathered], joinedParts(x, gathered))
  return layer.output === undefined ? joined : joined.dense({ ...layer.output, name })
}

function projected(x: Signal, { to, ...layer }: Projection, name: string): Signal {
  const exact = x.dense({ ...layer, name })
  return to === undefined ? exact : exact.quantise(to, `${name}_quantised`)
}

function gatheredParts(inputs: readonly [Signal, Signal], layer: GravNetLayer, name: string): LayerParts {
  const place = `layer '${name}'`
  const attrs: GravNetAttrs = {
    neighbours: layer.neighbours,
    includeSelf: layer.includeSelf ?? false,
    scale: layer.scale ?? 10,
    gather: layer.gather ?? ['mean', 'max'],
  }
  const shape = gravNetAggregate.inferShape(
    attrs,
    inputs.map(input => input.shape),
    name,
  )
  const exact = gravNetAggregate.inferLossless(exactRequest(inputs, attrs, shape, {}))
  const role = (own: 'distance' | 'table' | 'accum') =>
    tensorConversion(layer[own] === undefined ? exact[own]! : oneConversion(layer[own], place))
  return {
    kind: 'gravnet-aggregate',
    attrs,
    layerClass: 'GravNet',
    shape,
    weights: {},
    result: tensorConversion(
      layer.gathered === undefined ? exact.result! : oneConversion(layer.gathered, place),
    ),
    roles: { distance: role('distance'), table: role('table'), accum: role('accum') },
    choices: { TableSize: layer.tableSize ?? 1024, TableRangePower2: layer.tableRangePower2 ?? 0 },
  }
}

function oneConversion(given: QuantiserLike, place: string): Conversion {
  const { to, ...modes } = tensorQuantiser(given, [1], place)
  return { ...modes, to: to.types[0]! }
}

/** Both one behind the other for each vertex, unchanged. */
function joinedParts(x: Signal, gathered: Signal): LayerParts {
  const [vertices, own] = x.shape as readonly [number, number]
  const more = gathered.shape[1]!
  const shape = [vertices, own + more]
  const types = Array.from({ length: vertices }, (_, v) => [
    ...x.types.slice(v * own, (v + 1) * own),
    ...gathered.types.slice(v * more, (v + 1) * more),
  ]).flat()
  const { to: _, ...modes } = conversion(types[0]!)
  return {
    kind: 'concatenate',
    attrs: { axis: 1 },
    layerClass: 'Concatenate',
    shape,
    weights: {},
    result: { ...modes, to: elementTypesOf(types, shape) },
    roles: {},
    choices: {},
  }
}
