// What layers cost by estimate, what an exact sum would change, and what it takes to fit.

import { addCost, type Cost, type DesignEstimate, nothing } from '../estimate/design-estimate.ts'
import type { Device } from '../estimate/devices.ts'
import { includesType } from '../fixed/types.ts'
import { nodeNamed } from '../ir/graph.ts'
import { nearestLegalReuse } from '../ops/strategy.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { LayerCheck } from './check-model.ts'
import { type FitCheck, fitRows, fitsDevice, largerDevice } from './fit.ts'
import { withLosslessSum } from './lossless-types.ts'

export type Estimator = (graph: OpGraph) => DesignEstimate

export interface CostCheck {
  readonly layers: readonly LayerCheck[]
  readonly fit: FitCheck
  /** The layer that takes most LUTs. */
  readonly largest: string | undefined
}

/** Adds costs to the layers of a check, and says whether the whole fits. */
export function checkCost(
  graph: OpGraph,
  layers: readonly LayerCheck[],
  target: { readonly part: string; readonly device: Device },
  estimate: Estimator,
): CostCheck {
  const own = estimate(graph)
  const fits = fitsDevice(own.total, target.device)
  const reuse = fits ? undefined : fittingReuse(graph, own, target.device, estimate)
  const larger = fits ? undefined : largerDevice(own.total, target.device)
  const fit = {
    part: target.part,
    rows: fitRows(own.total, target.device),
    fits,
    latency: own.latency,
    ...(own.latencyRange === undefined ? {} : { latencyRange: own.latencyRange }),
    interval: own.interval,
    error: own.band.lut[0],
    ...(reuse === undefined ? {} : { reuse }),
    ...(larger === undefined ? {} : { larger }),
  }
  const [largest] = [...own.layers].sort((a, b) => b.lut - a.lut)
  return { layers: withCosts(graph, layers, own, estimate), fit, largest: largest?.name }
}

/** The cost of each layer, and that with an exact sum where the configured one may lose something. */
function withCosts(
  graph: OpGraph,
  layers: readonly LayerCheck[],
  own: DesignEstimate,
  estimate: Estimator,
): LayerCheck[] {
  const narrow = layers.filter(layer => narrowSum(layer) !== undefined)
  const exact = narrow.reduce(
    (changed, layer) => withLosslessSum(changed, layer.name, narrowSum(layer)!.lossless),
    graph,
  )
  const wide = narrow.length === 0 ? undefined : estimate(exact)
  return layers.map(layer => {
    const cost = costIn(own, layer.name)
    const exactSumCost = wide !== undefined && narrow.includes(layer) ? costIn(wide, layer.name) : undefined
    return {
      ...layer,
      ...(cost === undefined ? {} : { cost }),
      ...(exactSumCost === undefined ? {} : { exactSumCost }),
    }
  })
}

function costIn({ layers }: DesignEstimate, name: string): Cost | undefined {
  const own = layers.find(layer => layer.name === name)
  return own === undefined ? undefined : { lut: own.lut, ff: own.ff, dsp: own.dsp, bram18: own.bram18 }
}

function narrowSum({ lossless }: LayerCheck) {
  return lossless.find(
    ({ role, configured, lossless: ideal }) => role === 'accum' && !includesType(configured, ideal),
  )
}

const triedFactors = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

/** The least of the factors tried at which the design fits with all dense layers folded. */
function fittingReuse(
  graph: OpGraph,
  own: DesignEstimate,
  device: Device,
  estimate: Estimator,
): FitCheck['reuse'] {
  // What folding leaves as it is must fit by itself.
  const others = own.layers.filter(({ kind }) => kind !== 'dense')
  if (!fitsDevice(others.reduce<Cost>(addCost, nothing), device)) return undefined
  for (const factor of triedFactors) {
    const { total, interval } = estimate(folded(graph, factor))
    if (fitsDevice(total, device)) return { factor, interval, cost: total }
  }
  return undefined
}

/** The graph with its dense layers folded by this factor, or the nearest that each can have. */
export function folded(graph: OpGraph, factor: number): OpGraph {
  const nodes = graph.nodes.map(node => {
    if (node.kind !== 'dense') return node
    const inputs = nodeNamed(graph, node.inputs[0]!).shape.at(-1)!
    const reuse = nearestLegalReuse(inputs, node.shape.at(-1)!, factor)
    const own = Math.max(reuse, Number(node.choices.ReuseFactor ?? 1))
    return { ...node, choices: { ...node.choices, Strategy: 'Resource', ReuseFactor: own } }
  })
  return { ...graph, nodes }
}
