// What an operator is told while its precision is decided: its neighbours' types and what the config asks.

import { bug } from '../diagnostics/diagnostic.ts'
import type { Precision } from '../fixed/precision.ts'
import { type Conversion, conversion } from '../fixed/types.ts'
import { nodeNamed } from '../ir/graph.ts'
import type { PrecisionRequest, RawValues } from '../ops/definition.ts'
import type { OpNode } from '../ops/index.ts'
import { type OpGraph, typeOfNode } from '../ops/typed-node.ts'

/** hls4ml's default where a config gives none: fixed<16,6>, truncating and wrapping. */
export const fallbackDefault: Conversion = conversion({ signed: true, width: 16, frac: 10 })

export interface RequestSettings {
  readonly modelDefault: Conversion
  readonly maximum: Conversion | undefined
  asked(role: string): Precision
  rawWeight(role: string): RawValues | undefined
}

/** The request for a node of a graph whose earlier nodes are resolved. */
export function requestFor(
  graph: OpGraph,
  node: OpNode,
  settings: RequestSettings,
): PrecisionRequest<unknown> {
  const inputs = node.inputs.map(name => nodeNamed(graph, name))
  return {
    name: node.name,
    attrs: node.attrs,
    inputs: inputs.map(typeOfNode),
    inputConversions: inputs.map(input => input.resolved.result ?? bug(`${input.name} is not resolved`)),
    shape: node.shape,
    quantisers: node.quantisers,
    choices: node.choices,
    ...settings,
    weight: role => {
      const tensor = graph.store.get(node.weights[role] ?? '')
      return tensor?.form === 'float' ? tensor : undefined
    },
  }
}

/** A fixed precision's conversion; undefined for `auto`. */
export function fixedOf(precision: Precision | undefined): Conversion | undefined {
  return precision?.kind === 'fixed' ? precision.conversion : undefined
}
