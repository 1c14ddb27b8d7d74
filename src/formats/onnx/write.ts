// Writes an ONNX file: the same model gives the same bytes.

import { modelMessage } from './messages.ts'
import {
  elementTypes,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './model.ts'
import { tensorBytes } from './tensor.ts'

/** The bytes of a model. */
export function writeOnnx(model: OnnxModel): Uint8Array {
  const { irVersion, producer, opsets, metadata } = model
  return modelMessage
    .encode({
      irVersion,
      producerName: producer,
      graph: graphOf(model),
      opsetImport: Object.entries(opsets).map(([domain, version]) => ({ domain, version })),
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    })
    .finish()
}

function graphOf({ name, nodes, initializers, inputs, outputs, values }: OnnxModel) {
  return {
    name,
    node: nodes.map(nodeOf),
    initializer: Object.entries(initializers).map(([own, tensor]) => ({ name: own, ...tensorOf(tensor) })),
    input: inputs.map(describedValue),
    output: outputs.map(describedValue),
    valueInfo: values.map(describedValue),
  }
}

function nodeOf({ name, type, domain, inputs, outputs, attributes }: OnnxNode) {
  return {
    name,
    opType: type,
    domain,
    input: inputs,
    output: outputs,
    attribute: Object.entries(attributes).map(([own, value]) => ({ name: own, ...attributeOf(value) })),
  }
}

const utf8 = new TextEncoder()

function attributeOf(attribute: OnnxAttribute) {
  switch (attribute.kind) {
    case 'float':
      return { type: 1, f: attribute.value }
    case 'int':
      return { type: 2, i: attribute.value }
    case 'string':
      return { type: 3, s: utf8.encode(attribute.value) }
    case 'tensor':
      return { type: 4, t: tensorOf(attribute.value) }
    case 'floats':
      return { type: 6, floats: attribute.value }
    case 'ints':
      return { type: 7, ints: attribute.value }
    case 'strings':
      return { type: 8, strings: attribute.value.map(text => utf8.encode(text)) }
    case 'other':
      return {}
    default:
      return attribute satisfies never
  }
}

function tensorOf({ element, dims, data }: OnnxTensor) {
  return { dims, dataType: numberOfElement(element), rawData: tensorBytes(element, data) }
}

function numberOfElement(element: OnnxTensor['element']): number {
  const [number] = Object.entries(elementTypes).find(([, own]) => own === element)!
  return Number(number)
}

function describedValue({ name, element, dims }: OnnxValue) {
  const shape = dims && {
    dim: dims.map(extent => (typeof extent === 'number' ? { dimValue: extent } : { dimParam: extent })),
  }
  const tensorType = {
    elemType: element === undefined ? 0 : numberOfElement(element),
    ...(shape && { shape }),
  }
  return { name, ...(element === undefined && dims === undefined ? {} : { type: { tensorType } }) }
}
