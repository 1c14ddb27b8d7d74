// Decides every role's type by hls4ml's rules: what the config asks, else what the operator infers from widths.

import { fail } from '../diagnostics/diagnostic.ts'
import { autoPrecision, type Precision } from '../fixed/precision.ts'
import type { Conversion } from '../fixed/types.ts'
import { updateNode } from '../ir/graph.ts'
import { quantiserType } from '../ir/source-quantiser.ts'
import { tensorConversion } from '../ir/tensor-type.ts'
import { definitionOf, type OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Pass, PassContext } from './pass.ts'
import { fallbackDefault, fixedOf, requestFor } from './precision-request.ts'

export const inferPrecision: Pass = {
  name: 'infer-precision',
  summary: "types every role by the config and hls4ml's inference",
  run: (graph, context) => graph.nodes.reduce((current, node) => resolved(current, node, context), graph),
}

function resolved(graph: OpGraph, node: OpNode, context: PassContext): OpGraph {
  const modelDefault = fixedOf(context.config.model.precision.default) ?? fallbackDefault
  const asked = (role: string) => askedOf(node, role)
  const request = requestFor(graph, node, {
    modelDefault,
    maximum: fixedOf(context.config.maximum),
    asked,
    rawWeight: () => undefined,
  })
  const definition = definitionOf(node.kind)
  const inferred = definition.inferAuto(request)
  const roles = Object.keys(definition.roles).flatMap(role => {
    const conversion = fixedOf(asked(role)) ?? inferred[role]
    return conversion === undefined ? [] : [[role, tensorConversion(conversion)] as const]
  })
  return updateNode(graph, node.name, own => ({ ...own, resolved: Object.fromEntries(roles) }))
}

/** What is asked of a role; the type of a quantised weight where that is left to inference. */
function askedOf(node: OpNode, role: string): Precision {
  const requested = node.requested[role] ?? autoPrecision
  if (requested.kind === 'float') refuseFloat(node, role)
  const quantiser = role === 'result' ? undefined : node.quantisers[role]
  if (requested.kind !== 'auto' || quantiser === undefined) return requested
  return { kind: 'fixed', conversion: quantiserType(quantiser, role) satisfies Conversion }
}

function refuseFloat(node: OpNode, role: string): never {
  return fail({
    code: 'precision/float-type',
    place: `layer '${node.name}', ${role}`,
    problem: 'a floating-point type has no fixed-point bits',
    expected: 'a fixed-point type or auto',
    remedy: 'Write e.g. fixed<16,6>.',
  })
}
