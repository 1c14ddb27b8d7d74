// Which layers stand together in one pipelined datapath, and which are folded, each a part of its own.

import { CompileError, type Diagnostic, error, fail } from '../../diagnostics/diagnostic.ts'
import { isRefusal, type RtlForm } from '../../ops/definition.ts'
import { definitionOf, type OpNode } from '../../ops/index.ts'
import { type OpGraph, typedOpOfNode } from '../../ops/typed-node.ts'

export type Forms = ReadonlyMap<string, Exclude<RtlForm, { form: 'process' }>>

/** Layers whose cells are pipelined together. */
export interface DatapathPart {
  readonly kind: 'datapath'
  readonly nodes: readonly OpNode[]
  /** Tensors that enter and leave, by the layer that makes them. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

export interface FoldedPart {
  readonly kind: 'folded'
  readonly node: OpNode
}

/** The hardware form of every layer. Fails with one `rtl/…` error per layer that has none. */
export function formsOf(graph: OpGraph): Forms {
  const refusals: Diagnostic[] = []
  const forms = new Map<string, Exclude<RtlForm, { form: 'process' }>>()
  for (const node of graph.nodes) {
    if (node.kind === 'input') continue
    const form = definitionOf(node.kind).rtl(typedOpOfNode(graph, node))
    if (isRefusal(form)) refusals.push(refusal(node, form.code, form.reason))
    else if (form.form !== 'process') forms.set(node.name, form)
    else
      refusals.push(
        refusal(
          node,
          'rtl/stream-in-graph',
          'a layer that streams pixel by pixel cannot yet be built among others',
        ),
      )
  }
  if (refusals.length > 0) throw new CompileError(refusals)
  return forms
}

function refusal(node: OpNode, code: string, reason: string): Diagnostic {
  return error({ code, place: `layer '${node.name}' (${node.kind})`, problem: reason })
}

/** All layers as one datapath. */
export function wholeGraph(graph: OpGraph): DatapathPart {
  return {
    kind: 'datapath',
    nodes: graph.nodes.filter(node => node.kind !== 'input'),
    inputs: inputsOf(graph),
    outputs: [...graph.outputs],
  }
}

function inputsOf(graph: OpGraph): string[] {
  return graph.nodes.filter(node => node.kind === 'input').map(({ name }) => name)
}

/** The graph in parts, each reading what the one before it made. Fails where a tensor would have to wait beside a folded layer. */
export function partsOf(graph: OpGraph, forms: Forms): (DatapathPart | FoldedPart)[] {
  if (![...forms.values()].some(({ form }) => form === 'folded')) return [wholeGraph(graph)]
  const parts: (DatapathPart | FoldedPart)[] = []
  let entering = inputsOf(graph)
  let nodes: OpNode[] = []
  const close = (outputs: readonly string[]) => {
    const passes = outputs.length === entering.length && outputs.every((name, k) => name === entering[k])
    if (nodes.length > 0 || !passes) parts.push({ kind: 'datapath', nodes, inputs: entering, outputs })
    nodes = []
    entering = [...outputs]
  }
  for (const node of graph.nodes) {
    if (node.kind === 'input') continue
    checkReach(node, [...entering, ...nodes.map(({ name }) => name)])
    if (forms.get(node.name)!.form !== 'folded') {
      nodes.push(node)
      continue
    }
    close([node.inputs[0]!])
    parts.push({ kind: 'folded', node })
    entering = [node.name]
  }
  for (const name of graph.outputs) checkOutput(name, [...entering, ...nodes.map(own => own.name)])
  close([...graph.outputs])
  return parts
}

function checkReach(node: OpNode, reachable: readonly string[]): void {
  const missing = node.inputs.find(name => !reachable.includes(name))
  if (missing !== undefined) refuseBranch(`layer '${node.name}'`, missing)
}

function checkOutput(name: string, reachable: readonly string[]): void {
  if (!reachable.includes(name)) refuseBranch(`output '${name}'`, name)
}

function refuseBranch(place: string, tensor: string): never {
  return fail({
    code: 'rtl/folded-branch',
    place,
    problem: `the result of '${tensor}' would have to wait while a folded layer beside it works`,
    expected: 'a chain of layers where a reuse factor is above 1',
    remedy: 'Set ReuseFactor to 1 for the layers beside it.',
  })
}
