// hls4ml's OutputRoundingSaturationMode: results of the layers named take the modes given, those not given being TRN
// and WRAP; an accumulator takes the result's type whole. A result that is `auto` has no type to give modes to.

import type { OutputRounding } from '../config/model-config.ts'
import { fail, finding } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { type FixedPrecision, fixedPrecision } from '../fixed/precision.ts'
import { conversion } from '../fixed/types.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Pass, PassContext } from './pass.ts'

export const outputRounding: Pass = {
  name: 'output-rounding',
  summary: 'gives result types of chosen layers a rounding and a saturation mode',
  run: (graph, context) => {
    const rounding = context.config.outputRounding
    if (rounding === undefined) return graph
    checkLayers(graph, rounding)
    reportAuto(graph, rounding, context)
    return { ...graph, nodes: graph.nodes.map(node => withModes(node, rounding)) }
  },
}

const place = 'outputRoundingSaturationMode.layers'

function isNamed(node: OpNode, { layers }: OutputRounding): boolean {
  return layers.includes(node.name) || layers.includes(node.origin.layerClass)
}

function checkLayers(graph: OpGraph, rounding: OutputRounding): void {
  const known = graph.nodes.flatMap(node => [node.name, node.origin.layerClass])
  for (const layer of rounding.layers) {
    if (known.includes(layer)) continue
    fail({
      code: 'config/unknown-layer',
      place,
      problem: `no layer or class is called '${layer}'`,
      expected: 'a name or class of the model',
      remedy: didYouMean(layer, known),
    })
  }
}

function reportAuto(graph: OpGraph, rounding: OutputRounding, context: PassContext): void {
  const auto = graph.nodes.filter(node => isNamed(node, rounding) && asked(node) === undefined)
  if (auto.length === 0) return
  context.report(
    finding({
      code: 'config/no-effect',
      place,
      problem: `there is no type to give modes to where a result is auto: ${auto.map(node => node.name).join(', ')}`,
      remedy: 'Set Precision.result of these layers, or do not name them.',
    }),
  )
}

function asked(node: OpNode): FixedPrecision | undefined {
  const result = node.requested.result
  return result?.kind === 'fixed' ? result : undefined
}

function withModes(node: OpNode, rounding: OutputRounding): OpNode {
  const result = asked(node)
  if (result === undefined || !isNamed(node, rounding)) return node
  const changed = withMode(result, rounding)
  const accum = 'accum' in node.requested ? { accum: changed } : {}
  return { ...node, requested: { ...node.requested, result: changed, ...accum } }
}

/** Integer types have no modes. */
function withMode(precision: FixedPrecision, rounding: OutputRounding): FixedPrecision {
  if (precision.integer === true) return precision
  const { roundingMode, saturationMode, saturationBits } = rounding
  if (roundingMode === undefined && saturationMode === undefined) return precision
  return fixedPrecision(conversion(precision.conversion.to, roundingMode, saturationMode, saturationBits))
}
