// What holds of every graph between passes. A graph that breaks one of these is a fault of the pass before, so each
// is a `bug()`; user's mistakes are refused before with their own codes.

import { bug, CompileError, fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { maxRaw, minRaw } from '../fixed/types.ts'
import type { Graph, StoredTensor } from '../ir/graph.ts'
import { type ElementTypes, type Shape, sizeOf } from '../ir/tensor-type.ts'
import type { ChoiceCheck } from './definition.ts'
import { definitionOf, isOpKind, type OpNode, operatorKinds } from './index.ts'
import { type OpGraph, typedOpOfNode } from './typed-node.ts'

/** A graph of the operator table, e.g. one parsed from text; fails with `ir/unknown-operator`. */
export function opGraphOf(graph: Graph): OpGraph {
  for (const { name, kind } of graph.nodes) {
    if (isOpKind(kind)) continue
    fail({
      code: 'ir/unknown-operator',
      place: `node '${name}'`,
      problem: `there is no operator '${kind}'`,
      expected: operatorKinds().join(', '),
      remedy: didYouMean(kind, operatorKinds()),
    })
  }
  return graph as OpGraph
}

/** A bug where the graph is not well formed: names, order, shapes, roles, choices, values, types. */
export function verifyGraph(graph: OpGraph): void {
  verifyOrder(graph)
  const typed = graph.nodes.filter(node => Object.keys(node.resolved).length > 0)
  if (typed.length > 0 && typed.length < graph.nodes.length)
    bug(`some nodes are typed and '${graph.nodes.find(node => !typed.includes(node))!.name}' is not`)
  for (const node of graph.nodes) {
    verifyShape(graph, node)
    verifyRoles(node)
    verifyChoices(node, typed.length > 0)
    verifyTensors(graph, node)
    if (typed.length > 0) verifyTypes(graph, node)
  }
}

function verifyOrder(graph: OpGraph): void {
  const seen = new Set<string>()
  for (const { name, inputs, kind } of graph.nodes) {
    if (seen.has(name)) bug(`two nodes are named '${name}'`)
    const late = inputs.find(input => !seen.has(input))
    if (late !== undefined) bug(`'${name}' reads '${late}', which does not stand before it`)
    if ((kind === 'input') !== (inputs.length === 0)) bug(`'${name}' (${kind}) reads ${inputs.length} nodes`)
    seen.add(name)
  }
  if (graph.outputs.length === 0) bug('the graph has no output')
  const missing = graph.outputs.find(output => !seen.has(output))
  if (missing !== undefined) bug(`the output '${missing}' is no node`)
}

function verifyShape(graph: OpGraph, node: OpNode): void {
  if (node.shape.some(extent => !Number.isInteger(extent) || extent < 1))
    bug(`'${node.name}' has the shape [${node.shape.join(', ')}]`)
  const shapes = new Map(graph.nodes.map(({ name, shape }) => [name, shape]))
  const inputs = node.kind === 'input' ? [node.shape] : node.inputs.map(name => shapes.get(name)!)
  const inferred = definitionOf(node.kind).inferShape(node.attrs, inputs, node.name)
  if (!sameShape(inferred, node.shape))
    bug(
      `'${node.name}' has the shape [${node.shape.join(', ')}] where its operator gives [${inferred.join(', ')}]`,
    )
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis])
}

function verifyRoles(node: OpNode): void {
  const { roles } = definitionOf(node.kind)
  const { weights, quantisers, requested, resolved } = node
  for (const [what, record] of Object.entries({ weights, quantisers, requested, resolved })) {
    const unknown = Object.keys(record).find(role => !Object.hasOwn(roles, role))
    if (unknown !== undefined)
      bug(`${what} of '${node.name}' name the role '${unknown}', which ${node.kind} lacks`)
  }
}

/** Choices are filled in by the first pass, so a typed node has all. */
function verifyChoices(node: OpNode, isTyped: boolean): void {
  const { choices } = definitionOf(node.kind)
  const unknown = Object.keys(node.choices).find(key => !choices.some(choice => choice.key === key))
  if (unknown !== undefined) bug(`'${node.name}' has the choice '${unknown}', which ${node.kind} lacks`)
  for (const { key, check } of choices) {
    const value = node.choices[key]
    if (value === undefined && isTyped) bug(`'${node.name}' lacks the choice '${key}'`)
    if (value !== undefined && !passes(value, check)) bug(`the choice '${key}' of '${node.name}' is ${value}`)
  }
}

function passes(value: number | string | boolean, check: ChoiceCheck): boolean {
  if (check.kind === 'boolean') return typeof value === 'boolean'
  if (check.kind === 'word') return check.words.some(word => folded(word) === folded(String(value)))
  return Number.isInteger(value) && Number(value) >= check.min && Number(value) <= check.max
}

/** Words are compared as in configs. */
function folded(word: string): string {
  return word.toLowerCase().replace(/_/g, '')
}

function verifyTensors(graph: OpGraph, node: OpNode): void {
  for (const [role, id] of Object.entries(node.weights)) {
    const tensor = graph.store.get(id) ?? bug(`${role} of '${node.name}' is '${id}', which the store lacks`)
    const count = tensor.form === 'raw' ? tensor.raw.length : tensor.data.length
    if (count !== sizeOf(tensor.shape)) bug(`'${id}' holds ${count} values for [${tensor.shape.join(', ')}]`)
    const outside = firstOutside(tensor)
    if (outside !== undefined) bug(`'${id}' holds ${outside}, which is not a value of its type`)
  }
}

function firstOutside(tensor: StoredTensor): bigint | undefined {
  if (tensor.form !== 'raw') return undefined
  const [least, most] = [minRaw(tensor.type), maxRaw(tensor.type)]
  return tensor.raw.find(raw => raw < least || raw > most)
}

function verifyTypes(graph: OpGraph, node: OpNode): void {
  if (node.resolved.result === undefined) bug(`'${node.name}' has no resolved result`)
  for (const [role, { to }] of Object.entries(node.resolved)) {
    const tensor = graph.store.get(node.weights[role] ?? '')
    const shape = role === 'result' ? node.shape : (tensor?.shape ?? [])
    if (!broadcasts(to, shape))
      bug(
        `${to.types.length} types over [${to.shape.join(', ')}] do not lie over ${role} of '${node.name}', [${shape.join(', ')}]`,
      )
    const odd = to.types.find(
      ({ width, frac }) => !Number.isInteger(frac) || !Number.isInteger(width) || width < 0,
    )
    if (odd !== undefined) bug(`${role} of '${node.name}' has the width ${odd.width} and frac ${odd.frac}`)
  }
  verifyReads(graph, node)
}

/** As in numpy, aligned at the last axis; never to a larger shape. */
function broadcasts(types: ElementTypes, shape: Shape): boolean {
  const offset = shape.length - types.shape.length
  return (
    types.types.length === sizeOf(types.shape) &&
    offset >= 0 &&
    types.shape.every((extent, axis) => extent === 1 || extent === shape[axis + offset])
  )
}

/** Every role that the bits depend on is there; before quantisation only operators without weights can be asked. */
function verifyReads(graph: OpGraph, node: OpNode): void {
  if (Object.values(node.weights).some(id => graph.store.get(id)?.form !== 'raw')) return
  try {
    definitionOf(node.kind).emulate(typedOpOfNode(graph, node))
  } catch (problem) {
    // What the user asked for and cannot have is said later, with its own code.
    if (!(problem instanceof CompileError)) throw problem
  }
}
