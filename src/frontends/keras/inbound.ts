// Keras 2's `inbound_nodes`: one entry per call of the layer, each a list of [layer, call, output, arguments].

import { isList, isObject, type Json, shown } from '../json.ts'
import type { Problems } from '../problems.ts'
import type { SourceLayer } from './architecture.ts'

/** Names of the layers that a layer reads; what Lutra cannot follow is reported. */
export function inboundNames(
  nodes: Json | undefined,
  layer: SourceLayer,
  problems: Problems,
): readonly string[] {
  if (nodes === undefined || (isList(nodes) && nodes.length === 0)) return []
  if (!isList(nodes)) return report(layer, problems, 'its inbound_nodes are not a list')
  if (nodes.length > 1) {
    problems.add({
      code: 'keras/shared-layer',
      place: layer.place,
      problem: `the layer is called ${nodes.length} times`,
      expected: 'one call per layer',
      remedy: 'Give each call a layer of its own, with copied weights.',
    })
    return []
  }
  const [call] = nodes
  if (!isList(call)) return report(layer, problems, 'its inbound node is written as Keras 3 writes it')
  return call.flatMap(tensor => tensorName(tensor, layer, problems))
}

function tensorName(tensor: Json, layer: SourceLayer, problems: Problems): readonly string[] {
  if (!isList(tensor) || typeof tensor[0] !== 'string') {
    return report(layer, problems, 'an inbound node names no layer')
  }
  const [name, call, output, args] = tensor
  if (call !== 0 || output !== 0) {
    return report(
      layer,
      problems,
      `it reads call ${shown(call)} and output ${shown(output)} of '${name}', not its first and only`,
    )
  }
  if (isObject(args) && Object.keys(args).length > 0) {
    return report(layer, problems, `it is called with the arguments ${Object.keys(args).join(', ')}`)
  }
  return [name]
}

function report(layer: SourceLayer, problems: Problems, problem: string): readonly string[] {
  problems.add({
    code: 'keras/inbound-nodes',
    place: layer.place,
    problem,
    expected: 'plain calls, one per layer, each of one output',
    remedy: 'Rebuild the model from plain layer calls.',
  })
  return []
}

/** `[['a', 0, 0], ['b', 0, 0]]`, or `['a', 0, 0]` for a single one. */
export function namesOf(value: Json | undefined): readonly string[] {
  if (!isList(value)) return []
  if (typeof value[0] === 'string') return [value[0]]
  return value.flatMap(entry => (isList(entry) && typeof entry[0] === 'string' ? [entry[0]] : []))
}
