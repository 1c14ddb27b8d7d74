// A graph as an ONNX model: the float graph with plain operators, or the typed one with its types as quantisers.

import { bug, CompileError, type Diagnostic, error } from '../../diagnostics/diagnostic.ts'
import { rawToNumber } from '../../fixed/convert.ts'
import { conversion } from '../../fixed/types.ts'
import type { OnnxModel } from '../../formats/onnx/model.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { exactQuantiserType } from '../../ir/source-quantiser.ts'
import { uniformType } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { OpNode } from '../../ops/index.ts'
import { type OpGraph, typeOfNode } from '../../ops/typed-node.ts'
import { Emitter } from './emitter.ts'
import { type NodeTypes, typeProblem, typesOf } from './exactness.ts'
import { emitNode } from './operators.ts'
import { arithmetic, qdq, qonnx } from './quantisers.ts'

const exportForms = ['onnx', 'qonnx', 'qdq'] as const
export type ExportForm = (typeof exportForms)[number]

const forms = { onnx: arithmetic, qonnx, qdq } as const

/**
 * The model: `onnx` takes the float graph, `qonnx` and `qdq` the typed one. Names of layers stay those of the nodes
 * that give their results. Fails with `export/…`, all problems at once, where something has no form.
 */
export function exportOnnx(graph: OpGraph, form: ExportForm): OnnxModel {
  const emitter = new Emitter()
  const problems: Diagnostic[] = []
  for (const node of graph.nodes) {
    try {
      emitOne(graph, node, form, emitter, problems)
    } catch (problem) {
      if (!(problem instanceof CompileError)) throw problem
      problems.push(...problem.diagnostics)
      emitter.place(node.name, 'last', node.name)
    }
  }
  if (problems.length > 0) throw new CompileError(problems)
  return modelOf(graph, emitter, form)
}

function emitOne(
  graph: OpGraph,
  node: OpNode,
  form: ExportForm,
  emitter: Emitter,
  problems: Diagnostic[],
): void {
  if (node.kind === 'input') {
    emitter.reserve(node.name)
    emitInput(node, form, emitter, problems)
    return
  }
  const weight = (role: string, change: (values: FloatValues) => FloatValues = own => own) =>
    weightOf(graph, node, role, change, form, emitter, problems)
  const values = (role: string) => valuesOf(graph, node, role)
  const { tensor, layout } = emitNode({
    emitter,
    node,
    typed: form !== 'onnx',
    hasQonnx: form === 'qonnx',
    shapes: node.inputs.map(name => nodeNamed(graph, name).shape),
    values,
    weight,
    input: (index, wanted) => {
      const name = node.inputs[index] ?? bug(`${node.name} lacks an input`)
      return emitter.tensor(name, wanted, nodeNamed(graph, name).shape.length)
    },
  })
  const types = form === 'onnx' ? declaredTypes(node) : typesOf(graph, node, problems)
  const name = node.kind === 'quantise' ? node.name : `${node.name}_quant`
  emitter.place(node.name, layout, quantised(node, tensor, name, types, form, emitter, problems))
}

function quantised(
  node: OpNode,
  tensor: string,
  name: string,
  types: NodeTypes,
  form: ExportForm,
  emitter: Emitter,
  problems: Diagnostic[],
): string {
  const { result } = types
  if (result === undefined) return tensor
  const done = forms[form].result(emitter, tensor, name, { ...types, result })
  if (done !== undefined) return done
  problems.push(typeProblem(node, result, forms[form].expected))
  return tensor
}

/** Values enter by rounding to the nearest, ties to even, and saturating, whatever was said of them. */
function emitInput(node: OpNode, form: ExportForm, emitter: Emitter, problems: Diagnostic[]): void {
  const type = form === 'onnx' ? undefined : uniformType(typeOfNode(node))
  const result = type && conversion(type, 'RND_CONV', 'SAT')
  const types = { result, rounds: true, saturates: true }
  emitter.place(
    node.name,
    'last',
    quantised(node, node.name, `${node.name}_quant`, types, form, emitter, problems),
  )
}

function declaredTypes(node: OpNode): NodeTypes {
  // Signs are of their type already.
  const isSign = node.kind === 'binary-tanh' || node.kind === 'ternary-tanh'
  const result = isSign ? undefined : node.quantisers.result
  return { result: result && exactQuantiserType(result, 'result'), rounds: true, saturates: true }
}

function valuesOf(graph: OpGraph, node: OpNode, role: string): FloatValues | undefined {
  const tensor = graph.store.get(node.weights[role] ?? '')
  if (tensor === undefined || tensor.form === 'float') return tensor
  const { shape, raw, type } = tensor
  return { shape, data: Float64Array.from(raw, value => rawToNumber(value, type.frac)) }
}

function weightOf(
  graph: OpGraph,
  node: OpNode,
  role: string,
  change: (values: FloatValues) => FloatValues,
  form: ExportForm,
  emitter: Emitter,
  problems: Diagnostic[],
): string | undefined {
  const tensor = graph.store.get(node.weights[role] ?? '')
  const values = valuesOf(graph, node, role)
  if (tensor === undefined || values === undefined) return undefined
  const name = `${node.name}_${role}`
  const { shape, data } = change(values)
  if (form === 'onnx') return emitter.constant(name, shape, data)
  const isCoded = 'weightCoding' in node.attrs && node.attrs.weightCoding !== 'plain'
  const isCodedScale = 'scaleCoding' in node.attrs && node.attrs.scaleCoding !== 'plain'
  if (tensor.form !== 'raw' || isCoded || isCodedScale) {
    problems.push(codingProblem(node, role))
    return name
  }
  const done = forms[form].weight(emitter, name, { shape, data, type: tensor.type })
  if (done === undefined)
    problems.push(typeProblem(node, conversion(tensor.type), forms[form].expected, role))
  return done ?? name
}

function codingProblem(node: OpNode, role: string): Diagnostic {
  return error({
    code: 'export/weight-coding',
    place: `layer '${node.name}'`,
    problem: `its ${role} is kept as signs or powers of two`,
    expected: 'fixed-point weights',
    remedy: 'Export it with --to onnx, or compile it without a config.',
  })
}

function modelOf(graph: OpGraph, emitter: Emitter, form: ExportForm): OnnxModel {
  const value = (name: string, node: OpNode) => ({
    name,
    element: 'float32' as const,
    dims: ['batch', ...node.shape],
  })
  const outputs = graph.outputs.map(name => {
    const node = nodeNamed(graph, name)
    const tensor = emitter.tensor(name, 'last', node.shape.length)
    // A network that is nothing but its input still has a node that gives the output.
    return value(tensor === name && node.kind === 'input' ? emitter.add('Identity', [tensor]) : tensor, node)
  })
  const inputs = graph.nodes.filter(({ kind }) => kind === 'input')
  const isWide = Object.values(emitter.initializers).some(({ element }) => /^u?int16$/.test(element))
  return {
    irVersion: isWide ? 10 : 8,
    producer: 'lutra',
    opsets: { '': isWide ? 21 : 17, ...(form === 'qonnx' ? { 'qonnx.custom_op.general': 1 } : {}) },
    name: graph.name,
    nodes: emitter.nodes,
    initializers: emitter.initializers,
    inputs: inputs.map(node => value(node.name, node)),
    outputs,
    values: [],
    metadata: {},
  }
}
