// From an ONNX model to a float graph: constants are computed at once, every other node becomes nodes of the graph.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { OnnxModel, OnnxNode, OnnxValue } from '../../formats/onnx/model.ts'
import type { StoredTensor, TensorId } from '../../ir/graph.ts'
import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import type { OpNode } from '../../ops/index.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import type { Problems } from '../problems.ts'
import { readNodeAttributes } from './attributes.ts'
import { asInFile, inFile, operandOf } from './layout.ts'
import { nodeNames, withFreeNames } from './names.ts'
import type { Draft, NodeMeaning, Operand } from './node.ts'
import { operatorReader } from './operators.ts'
import { refuseRows, underView } from './rows.ts'

/** Reads all nodes; problems are collected, and thrown together before anything is returned. */
export function buildGraph(model: OnnxModel, file: string, problems: Problems): OpGraph {
  const operands = new Map<string, Operand | undefined>()
  for (const [name, { dims, data, element }] of Object.entries(model.initializers)) {
    operands.set(name, { kind: 'constant', values: { shape: dims, data }, element })
  }
  const drafts: Draft[] = model.inputs.map(value => inputDraft(value, problems))
  model.inputs.forEach((value, k) => {
    // One too large was reported: what reads it is not read.
    if (!isPossible(drafts[k]!)) {
      operands.set(value.name, undefined)
      return
    }
    const own = { ...operandOf(drafts[k]!, inFile), isInput: true }
    operands.set(value.name, underView(own, { dims: own.shape, axis: rowsAxis(value.dims) }, '').x)
  })
  const read = new Set([
    ...model.nodes.flatMap(node => node.inputs),
    ...model.outputs.map(({ name }) => name),
  ])
  const names = nodeNames(
    model.nodes,
    model.inputs.map(({ name }) => name),
  )
  const taken = new Set([...names, ...model.inputs.map(({ name }) => name)])
  for (const [index, node] of model.nodes.entries()) {
    const name = names[index]!
    const told = readNode(node, { name, opsets: model.opsets, operands, problems, read })
    const meaning = told && withFreeNames(told, name, taken)
    drafts.push(...(meaning !== undefined && 'drafts' in meaning ? meaning.drafts : []))
    node.outputs.forEach((result, k) => {
      if (result === '') return
      const own = meaning && resultOf(meaning, k)
      if (k > 0 && own === undefined && meaning !== undefined) return
      if (operands.has(result)) reportTwice(node, result, problems)
      operands.set(result, own)
    })
  }
  const outputs = model.outputs.map(({ name }) => {
    const { node, turning } = outputNode(name, file, operands, problems)
    drafts.push(...turning)
    return node
  })
  problems.throwIfAny()
  const constants = [...operands].flatMap(([name, operand]) => (operand?.kind === 'constant' ? [name] : []))
  const quantised = model.nodes.flatMap((node, k) =>
    operands.get(node.outputs[0] ?? '')?.kind === 'constant' ? [names[k]!] : [],
  )
  const absorbed = [...new Set([...constants, ...quantised])]
  return { ...assemble(model.name || 'model', drafts, outputs), absorbed }
}

/** The rows come first, unless their axis is the only one that is not fixed. */
function rowsAxis(dims: OnnxValue['dims'] = []): number {
  const open = dims.flatMap((extent, axis) => (typeof extent === 'string' ? [axis] : []))
  return open.length === 1 ? open[0]! : 0
}

/** Every extent but the rows' is a number. */
function inputDraft({ name, dims, element }: OnnxValue, problems: Problems): Draft {
  const rows = rowsAxis(dims)
  const shape = dims?.filter((_, axis) => axis !== rows) ?? []
  const isFixed = (extent: number | string): extent is number =>
    typeof extent === 'number' && Number.isInteger(extent) && extent > 0
  const place = `input '${name}'`
  const isLarge = sizeOf(shape.filter(isFixed)) > mostElements
  if (shape.length === 0 || !shape.every(isFixed) || isLarge) {
    problems.add({
      code: 'onnx/input-shape',
      place,
      problem: `its shape is ${dims === undefined ? 'not stated' : `[${dims.join(', ')}]`}`,
      expected: 'a batch axis and one or more axes of known size',
      remedy: 'Export the model with a fixed shape, or run onnxsim with --overwrite-input-shape.',
    })
  }
  if (element !== undefined && !element.startsWith('float')) {
    problems.add({
      code: 'onnx/input-type',
      place,
      problem: `its elements are ${element}`,
      expected: 'float32',
      remedy: 'Export the model with float inputs.',
    })
  }
  return {
    kind: 'input',
    layerClass: 'Input',
    attrs: {},
    name,
    inputs: [],
    shape: shape.filter(isFixed) satisfies Shape,
  }
}

interface Surroundings {
  readonly name: string
  readonly opsets: OnnxModel['opsets']
  readonly operands: ReadonlyMap<string, Operand | undefined>
  readonly problems: Problems
  /** Names of all tensors that something reads. */
  readonly read: ReadonlySet<string>
}

function readNode(
  node: OnnxNode,
  { name, opsets, operands, problems, read }: Surroundings,
): NodeMeaning | undefined {
  const place = `node '${name}' (${node.type})`
  const reader = operatorReader(node, place, problems)
  const given = node.inputs.map(input => {
    if (input !== '' && !operands.has(input)) reportUnknown(input, place, problems)
    return operands.get(input)
  })
  // What follows a node that could not be read has nothing to read: that node was reported.
  const isLost = node.inputs.some((input, k) => input !== '' && given[k] === undefined)
  if (reader === undefined || isLost) return undefined
  if (reader.takesPacked !== true && given.some(isPacked)) {
    reportPacked(place, problems)
    return undefined
  }
  if (reader.takesRows !== true && given.some(hasRowsElsewhere)) return refuseRows({ place, problems })
  const { inputs, turning } = inLayout(given, name, reader.anyLayout === true)
  const attributes = readNodeAttributes(node, place, problems)
  const opset = opsets[node.domain] ?? 0
  const before = problems.list.length
  const isRead = (output: number) => (node.outputs[output] ?? '') !== '' && read.has(node.outputs[output]!)
  const meaning = reader.read({ node, name, place, attributes, opset, inputs, problems, isRead })
  attributes.finish()
  if (meaning === undefined && problems.list.length === before) reportMissing(place, problems)
  if (meaning !== undefined && 'drafts' in meaning) reportNotFinite(meaning.drafts, place, problems)
  if (meaning !== undefined && 'drafts' in meaning && !meaning.drafts.every(isPossible)) {
    if (problems.list.length === before) reportLarge(place, problems)
    return undefined
  }
  return meaning !== undefined && 'drafts' in meaning
    ? { ...meaning, drafts: [...turning, ...meaning.drafts] }
    : meaning
}

/** Operands with the file's axes, unless any layout will do. */
function inLayout(given: readonly (Operand | undefined)[], name: string, anyLayout: boolean) {
  if (anyLayout) return { inputs: given, turning: [] }
  const turned = given.map((operand, k) =>
    operand?.kind === 'computed' ? asInFile(operand, k === 0 ? name : `${name}_${k}`) : undefined,
  )
  return {
    inputs: given.map((operand, k) => turned[k]?.x ?? operand),
    turning: turned.flatMap(own => own?.drafts ?? []),
  }
}

function reportUnknown(input: string, place: string, problems: Problems): void {
  problems.add({
    code: 'onnx/unknown-tensor',
    place,
    problem: `it reads '${input}', which no node before it, no input and no initializer gives`,
    expected: 'nodes in the order in which they are computed',
    remedy: 'Export the model again.',
  })
}

const hasRowsElsewhere = (operand: Operand | undefined) =>
  operand?.kind === 'computed' && operand.layout.kind === 'rows-at'

const isPacked = (operand: Operand | undefined) =>
  operand?.kind === 'computed' && operand.packed !== undefined

function reportPacked(place: string, problems: Problems): void {
  problems.add({
    code: 'onnx/packed-integers',
    place,
    problem: 'it reads the integers that a QuantizeLinear gives',
    expected: 'a DequantizeLinear behind every QuantizeLinear',
    remedy: 'Export the model in the QDQ form, whose operators work on float32.',
  })
}

/** No tensor of a network has more elements: what asks for them is damaged. */
const mostElements = 2 ** 28

function reportLarge(place: string, problems: Problems): void {
  problems.add({
    code: 'onnx/too-large',
    place,
    problem: 'its result is no tensor of a size that can be',
    expected: `whole extents above 0, and at most ${mostElements} elements`,
    remedy: 'Export the model again.',
  })
}

function reportNotFinite(drafts: readonly Draft[], place: string, problems: Problems): void {
  const arrays = drafts.flatMap(({ weights = {} }) => Object.entries(weights))
  const wrong = arrays.find(([, { data }]) => !data.every(Number.isFinite))
  if (wrong === undefined) return
  problems.add({
    code: 'onnx/not-finite-weight',
    place,
    problem: `its ${wrong[0]} holds a value that is no finite number`,
    expected: 'finite numbers',
    remedy: 'Training diverged; train again, e.g. with a smaller learning rate.',
  })
}

const isPossible = ({ shape }: Draft) =>
  shape.every(extent => Number.isSafeInteger(extent) && extent > 0) && sizeOf(shape) <= mostElements

function reportMissing(place: string, problems: Problems): void {
  problems.add({
    code: 'onnx/operand',
    place,
    problem: 'an operand is missing',
    expected: 'all operands that the operator has',
    remedy: 'Export the model again.',
  })
}

function reportTwice({ type }: OnnxNode, result: string, problems: Problems): void {
  problems.add({
    code: 'onnx/duplicate-name',
    place: `a node ${type}`,
    problem: `its result '${result}' is another's too`,
    expected: 'a name of its own for every tensor',
    remedy: 'Export the model again.',
  })
}

function resultOf(meaning: NodeMeaning, output: number): Operand | undefined {
  if ('drafts' in meaning && meaning.results !== undefined) return meaning.results[output]
  if (output > 0) return undefined
  if ('constant' in meaning) return meaning.constant
  if ('same' in meaning) return meaning.same
  const { packed, layout = inFile, drafts } = meaning
  return { ...operandOf(drafts.at(-1) ?? bug('a node without nodes'), layout), ...(packed && { packed }) }
}

function outputNode(
  name: string,
  file: string,
  operands: ReadonlyMap<string, Operand | undefined>,
  problems: Problems,
): { readonly node: string; readonly turning: readonly Draft[] } {
  const operand = operands.get(name)
  if (isPacked(operand)) reportPacked(`output '${name}'`, problems)
  if (operand?.kind === 'computed') {
    const { x, drafts } = asInFile(operand, operand.node)
    return { node: x.node, turning: drafts }
  }
  const nothing = { node: '', turning: [] }
  if (operand === undefined && operands.has(name)) return nothing
  problems.add({
    code: 'onnx/unknown-tensor',
    place: file,
    problem:
      operand === undefined ? `no node gives the output '${name}'` : `the output '${name}' is a constant`,
    expected: 'outputs that nodes compute',
    remedy: 'Export the model again.',
  })
  return nothing
}

function assemble(name: string, drafts: readonly Draft[], outputs: readonly string[]): OpGraph {
  const store = new Map<TensorId, StoredTensor>()
  const nodes = drafts.map((draft): OpNode => {
    const weights: Record<string, TensorId> = {}
    for (const [role, values] of Object.entries(draft.weights ?? {})) {
      const id = `${draft.name}.${role}`
      store.set(id, { form: 'float', ...values })
      weights[role] = id
    }
    const { layerClass, quantisers = {}, otherNames = [], ...rest } = draft
    const origin = { layerClass, source: draft.name, mergedNames: otherNames }
    return { ...rest, weights, quantisers, requested: {}, resolved: {}, choices: {}, origin }
  })
  return { name, nodes, outputs, store }
}
