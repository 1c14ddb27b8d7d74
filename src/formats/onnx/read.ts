// Reads an ONNX file: protobuf decoding, then every part checked and made plain. What the operators mean is not looked
// at here.

import { fail } from '../../diagnostics/diagnostic.ts'
import { modelMessage } from './messages.ts'
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './model.ts'
import { elementTypes } from './model.ts'
import { list, numberOf, type Part, part, textOf } from './parts.ts'
import { readTensor } from './tensor.ts'

/** Reads a model from the bytes of a file called `name`. Fails with `onnx/…` when they are no whole ONNX model. */
export function readOnnx(bytes: Uint8Array, name: string): OnnxModel {
  return modelOf(decode(bytes, name), name)
}

function decode(bytes: Uint8Array, name: string): Part {
  try {
    return modelMessage.decode(bytes) as unknown as Part
  } catch (error) {
    return fail({
      code: 'onnx/damaged-file',
      place: name,
      problem: `the bytes are no ONNX model: ${error instanceof Error ? error.message : String(error)}`,
      expected: 'a whole file as onnx.save writes it',
      remedy: 'Copy or export the model again.',
    })
  }
}

function modelOf(model: Part, name: string): OnnxModel {
  const graph = part(model.graph)
  if (graph === undefined || list(model.opsetImport).length === 0) {
    fail({
      code: 'onnx/damaged-file',
      place: name,
      problem: graph === undefined ? 'the model has no graph' : 'the model names no opset',
      expected: 'a model with a graph and the versions of its operators',
      remedy: 'Copy or export the model again.',
    })
  }
  refuseParts(name, model, ['functions'], 'functions of its own')
  refuseParts(name, graph, ['sparseInitializer'], 'sparse tensors')
  const initializers = tensorsOf(graph, name)
  const own = ({ name: value }: OnnxValue) => !Object.hasOwn(initializers, value)
  return {
    irVersion: numberOf(model.irVersion),
    producer: textOf(model.producerName),
    opsets: Object.fromEntries(
      list(model.opsetImport).map(entry => [domainOf(entry.domain), numberOf(entry.version)]),
    ),
    name: textOf(graph.name),
    nodes: list(graph.node).map((node, index) => nodeOf(node, index, name)),
    initializers,
    inputs: list(graph.input).map(describedValue).filter(own),
    outputs: list(graph.output).map(describedValue),
    values: list(graph.valueInfo).map(describedValue),
    metadata: Object.fromEntries(
      list(model.metadataProps).map(({ key, value }) => [textOf(key), textOf(value)]),
    ),
  }
}

/** ONNX's own operators may be written under either name. */
function domainOf(domain: unknown): string {
  const text = textOf(domain)
  return text === 'ai.onnx' ? '' : text
}

function refuseParts(place: string, owner: Part, fields: readonly string[], what: string): void {
  if (fields.every(field => list(owner[field]).length === 0)) return
  fail({
    code: 'onnx/unsupported-part',
    place,
    problem: `the model has ${what}`,
    expected: 'a graph of nodes over dense tensors',
    remedy: 'Export the model again without them, or run onnx.inliner.inline_local_functions over it.',
  })
}

function tensorsOf(graph: Part, file: string): Readonly<Record<string, OnnxTensor>> {
  const tensors: Record<string, OnnxTensor> = Object.create(null)
  for (const tensor of list(graph.initializer)) {
    const name = textOf(tensor.name)
    if (Object.hasOwn(tensors, name)) duplicate(file, name)
    tensors[name] = readTensor(tensor, `${file}: tensor '${name}'`)
  }
  return tensors
}

function duplicate(file: string, name: string): never {
  return fail({
    code: 'onnx/duplicate-name',
    place: file,
    problem: `two initializers are called '${name}'`,
    expected: 'a name of its own for every tensor',
    remedy: 'Export the model again.',
  })
}

function nodeOf(node: Part, index: number, file: string): OnnxNode {
  const name = textOf(node.name)
  const type = textOf(node.opType)
  const place = `${file}: node ${index} (${type}${name === '' ? '' : ` '${name}'`})`
  return {
    name,
    type,
    domain: domainOf(node.domain),
    inputs: texts(node.input),
    outputs: texts(node.output),
    attributes: Object.fromEntries(
      list(node.attribute).map(own => [textOf(own.name), attributeOf(own, place)]),
    ),
  }
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : []
}

const utf8 = new TextDecoder()
const bytesText = (value: unknown) => (value instanceof Uint8Array ? utf8.decode(value) : '')
const numbers = (value: unknown) => (Array.isArray(value) ? value.map(numberOf) : [])

/** AttributeProto.AttributeType's numbers, each with how its value is read. */
const attributeKinds: Readonly<Record<number, (own: Part, place: string) => OnnxAttribute>> = {
  1: own => ({ kind: 'float', value: numberOf(own.f) }),
  2: own => ({ kind: 'int', value: numberOf(own.i) }),
  3: own => ({ kind: 'string', value: bytesText(own.s) }),
  4: (own, place) => ({ kind: 'tensor', value: readTensor(part(own.t) ?? {}, place) }),
  6: own => ({ kind: 'floats', value: numbers(own.floats) }),
  7: own => ({ kind: 'ints', value: numbers(own.ints) }),
  8: own => ({ kind: 'strings', value: Array.isArray(own.strings) ? own.strings.map(bytesText) : [] }),
}

const otherKinds: Readonly<Record<number, string>> = {
  5: 'a graph',
  9: 'tensors',
  10: 'graphs',
  11: 'a sparse tensor',
  12: 'sparse tensors',
  13: 'a type',
  14: 'types',
}

function attributeOf(own: Part, place: string): OnnxAttribute {
  const kind = numberOf(own.type)
  const read = attributeKinds[kind]
  const at = `${place}: attribute '${textOf(own.name)}'`
  return read?.(own, at) ?? { kind: 'other', value: otherKinds[kind] ?? `of the unknown kind ${kind}` }
}

function describedValue(value: Part): OnnxValue {
  const tensor = part(part(value.type)?.tensorType)
  const element = elementTypes[numberOf(tensor?.elemType) as keyof typeof elementTypes]
  const shape = part(tensor?.shape)
  return {
    name: textOf(value.name),
    ...(element === undefined ? {} : { element }),
    ...(shape === undefined ? {} : { dims: list(shape.dim).map(extentOf) }),
  }
}

/** A number, or a name; an extent of which the file says neither has the empty name. */
function extentOf(dim: Part): number | string {
  return Object.hasOwn(dim, 'dimValue') ? numberOf(dim.dimValue) : textOf(dim.dimParam)
}
