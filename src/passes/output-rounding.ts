// hls4ml's OutputRoundingSaturationMode: results (and accumulators) of the layers named take the modes given.

import type { OutputRounding } from '../config/model-config.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { fixedPrecision, type Precision } from '../fixed/precision.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Pass } from './pass.ts'

export const outputRounding: Pass = {
  name: 'output-rounding',
  summary: 'gives result types of chosen layers a rounding and a saturation mode',
  run: (graph, { config }) => {
    if (config.outputRounding === undefined) return graph
    checkLayers(graph, config.outputRounding)
    return { ...graph, nodes: graph.nodes.map(node => withModes(node, config.outputRounding!)) }
  },
}

function isNamed(node: OpNode, { layers }: OutputRounding): boolean {
  return layers.includes(node.name) || layers.includes(node.origin.layerClass)
}

function checkLayers(graph: OpGraph, rounding: OutputRounding): void {
  const known = graph.nodes.flatMap(node => [node.name, node.origin.layerClass])
  for (const layer of rounding.layers) {
    if (known.includes(layer)) continue
    fail({
      code: 'config/unknown-layer',
      place: 'outputRoundingSaturationMode.layers',
      problem: `no layer or class is called '${layer}'`,
      expected: 'a name or class of the model',
      remedy: didYouMean(layer, known),
    })
  }
}

/** Precisions still `auto` keep the modes in `modes` until they are inferred. */
function withModes(node: OpNode, rounding: OutputRounding): OpNode {
  if (!isNamed(node, rounding)) return node
  const roles = ['result', ...('accum' in node.requested ? ['accum'] : [])]
  const changed = roles.map(role => [role, withMode(node.requested[role]!, rounding)] as const)
  return { ...node, requested: { ...node.requested, ...Object.fromEntries(changed) } }
}

function withMode(precision: Precision, rounding: OutputRounding): Precision {
  if (precision.kind !== 'fixed') return precision
  const { conversion } = precision
  return fixedPrecision({
    ...conversion,
    rounding: rounding.roundingMode ?? conversion.rounding,
    overflow: rounding.saturationMode ?? conversion.overflow,
    saturationBits: rounding.saturationBits ?? conversion.saturationBits,
  })
}
