// A typed graph as a C++ program: one kernel call or piece of straight-line code per layer, in graph order, on arrays.

import { bug } from '../diagnostics/diagnostic.ts'
import type { HlsBody, HlsLayer, HlsProgram, HlsTensor } from '../hls/call.ts'
import { cppName } from '../hls/types.ts'
import { isRefusal, type Refusal, refuse } from '../ops/definition.ts'
import { hlsHolding } from '../ops/hls-answer.ts'
import { definitionOf, type OpKind, type OpNode } from '../ops/index.ts'
import { type OpGraph, typedOpOfNode } from '../ops/typed-node.ts'

/** A layer that has no C++ form, and why. */
export interface LayerRefusal extends Refusal {
  readonly layer: string
  readonly kind: OpKind
}

/**
 * All layers of a typed graph, chained; or, for every layer without a C++ form, its refusal. Inputs are named
 * `<node>_in`, results `<node>_out`.
 */
export function programOf(graph: OpGraph, name: string): HlsProgram | LayerRefusal[] {
  const names = namesOf(graph.nodes)
  const answers = graph.nodes.map(node => ({ node, answer: answerOf(graph, node) }))
  const refusals = answers.flatMap(({ node, answer }) =>
    isRefusal(answer) ? [{ ...answer, layer: node.name, kind: node.kind }] : [],
  )
  if (refusals.length > 0) return refusals
  const tensor = (node: string) => names.get(node)?.tensor ?? bug(`no tensor of ${node}`)
  const layers = answers.flatMap(({ node, answer }): HlsLayer[] => {
    if (answer === undefined || isRefusal(answer)) return []
    const own = names.get(node.name)!
    return [{ name: own.layer, call: answer, inputs: node.inputs.map(tensor), outputs: [own.tensor] }]
  })
  return {
    name: cppName(name),
    tensors: graph.nodes.map(node => tensorOfNode(node, tensor(node.name))),
    layers,
    inputs: graph.nodes.filter(node => node.kind === 'input').map(node => tensor(node.name)),
    outputs: graph.outputs.map(tensor),
  }
}

/** An input is a tensor without a layer: undefined. */
function answerOf(graph: OpGraph, node: OpNode): HlsBody | Refusal | undefined {
  if (node.kind !== 'input') return definitionOf(node.kind).hls(typedOpOfNode(graph, node))
  if (graph.outputs.includes(node.name)) {
    return refuse(
      'hls/input-as-output',
      'it is an input and an output at once, which leaves nothing to build',
    )
  }
  return undefined
}

interface NodeNames {
  readonly layer: string
  readonly tensor: string
}

/** C++ names of nodes: distinct, and by their endings apart from those of configs and constants. */
function namesOf(nodes: readonly OpNode[]): ReadonlyMap<string, NodeNames> {
  const taken = new Set<string>()
  const names = new Map<string, NodeNames>()
  for (const node of nodes) {
    const base = cppName(node.name)
    let layer = base
    for (let k = 2; taken.has(layer); k++) layer = `${base}_${k}`
    taken.add(layer)
    names.set(node.name, { layer, tensor: `${layer}_${node.kind === 'input' ? 'in' : 'out'}` })
  }
  return names
}

function tensorOfNode(node: OpNode, name: string): HlsTensor {
  const result = node.resolved.result ?? bug(`${node.name} has no resolved result`)
  return { name, shape: node.shape, form: 'array', ...hlsHolding(result, node.shape) }
}
