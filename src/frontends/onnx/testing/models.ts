// Small ONNX models for tests, with weights from a seed.

import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor } from '../../../formats/onnx/model.ts'

type Value = number | readonly number[] | string

/** An attribute by its value; whole numbers are ints, `float` makes the others. */
export function attribute(value: Value): OnnxAttribute {
  if (typeof value === 'string') return { kind: 'string', value }
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { kind: 'int', value } : { kind: 'float', value: Math.fround(value) }
  }
  return { kind: 'ints', value }
}

/** `inputs` are names, the result has the node's name. */
export function node(
  name: string,
  type: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, Value>> = {},
  domain = '',
): OnnxNode {
  return {
    name,
    type,
    domain,
    inputs,
    outputs: [name],
    attributes: Object.fromEntries(Object.entries(attributes).map(([own, value]) => [own, attribute(value)])),
  }
}

/** Numbers that float32 holds, between −1 and 1. */
export function numbers(count: number, seed: number): Float64Array {
  let state = seed * 7919 + 17
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.fround(state / 2 ** 31 - 1)
  })
}

export function tensor(dims: readonly number[], seed: number): OnnxTensor {
  return {
    element: 'float32',
    dims,
    data: numbers(
      dims.reduce((product, own) => product * own, 1),
      seed,
    ),
  }
}

export function integers(values: readonly number[]): OnnxTensor {
  return { element: 'int64', dims: [values.length], data: Float64Array.from(values) }
}

/** One input 'x' of [1, …shape]; the last node is the output. */
export function model(
  shape: readonly number[],
  nodes: readonly OnnxNode[],
  initializers: Readonly<Record<string, OnnxTensor>>,
  opset = 13,
): OnnxModel {
  return {
    irVersion: 8,
    producer: 'test',
    opsets: { '': opset, 'qonnx.custom_op.general': 1, 'qonnx.custom_op.channels_last': 1 },
    name: 'net',
    nodes,
    initializers,
    inputs: [{ name: 'x', element: 'float32', dims: [1, ...shape] }],
    outputs: [{ name: nodes.at(-1)!.name, element: 'float32' }],
    values: [],
    metadata: {},
  }
}
