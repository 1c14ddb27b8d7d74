// An ONNX model as plain data, its parts checked: what frontends read and exports write.

/** Element types by their numbers in TensorProto.DataType that a network's numbers can have. */
export const elementTypes = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
} as const

export type OnnxElement = (typeof elementTypes)[keyof typeof elementTypes]

export interface OnnxTensor {
  readonly element: OnnxElement
  readonly dims: readonly number[]
  /** Row-major; integers beyond 2^53 are refused when a file is read. */
  readonly data: Float64Array
}

/** An attribute's value, told apart by kind. */
export type OnnxAttribute =
  | { readonly kind: 'float' | 'int'; readonly value: number }
  | { readonly kind: 'floats' | 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: OnnxTensor }
  /** Graphs of control flow, types, sparse tensors: named, so that the operator's reader can refuse them. */
  | { readonly kind: 'other'; readonly value: string }

export interface OnnxNode {
  /** As the file has it; may be empty. */
  readonly name: string
  readonly type: string
  /** Empty for ONNX's own operators. */
  readonly domain: string
  /** Names of tensors; an empty one is an input left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}

export interface OnnxValue {
  readonly name: string
  /** Absent where the file says nothing of it. */
  readonly element?: OnnxElement
  /** A number, or a name for an extent that is not fixed; absent where the file says nothing. */
  readonly dims?: readonly (number | string)[]
}

export interface OnnxModel {
  readonly irVersion: number
  readonly producer: string
  /** Version of every domain's operators; ONNX's own under ''. */
  readonly opsets: Readonly<Record<string, number>>
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly initializers: Readonly<Record<string, OnnxTensor>>
  /** Without those that are initializers. */
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly values: readonly OnnxValue[]
  readonly metadata: Readonly<Record<string, string>>
}
