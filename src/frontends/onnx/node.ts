// What a reader of an ONNX node is given and what it gives.

import type { OnnxElement, OnnxNode } from '../../formats/onnx/model.ts'
import type { SourceQuantiser } from '../../ir/graph.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { Meaning } from '../keras/layer.ts'
import type { Problems } from '../problems.ts'
import type { NodeAttributes } from './attributes.ts'
import type { Layout } from './layout.ts'

/** A tensor known before anything is computed: weights, biases, sizes. */
export interface Constant {
  readonly kind: 'constant'
  readonly values: FloatValues
  /** Of which its values are, already rounded. */
  readonly quantiser?: SourceQuantiser
  /** The type of its elements in the file, where it is an initializer. */
  readonly element?: OnnxElement
}

/** The result of a node of the graph. */
export interface Computed {
  readonly kind: 'computed'
  readonly node: string
  /** Without the batch axis, as it lies here. */
  readonly shape: Shape
  readonly layout: Layout
  readonly isInput?: boolean
  /** What QuantizeLinear gives: integers in the file, held here as what they stand for. */
  readonly packed?: Packed
}

export interface Packed {
  readonly scale: Float64Array
  readonly zero: number
}

export type Operand = Constant | Computed

/** A node of the graph with all that it reads. */
export type Draft = Meaning & {
  readonly name: string
  readonly inputs: readonly string[]
  readonly shape: Shape
  readonly weights?: Readonly<Record<string, FloatValues>>
  readonly quantisers?: Readonly<Record<string, SourceQuantiser>>
  /** Names that hls4ml gives it. */
  readonly otherNames?: readonly string[]
}

export interface NodeContext {
  readonly node: OnnxNode
  /** The name its result has in the graph. */
  readonly name: string
  /** How messages name it. */
  readonly place: string
  readonly attributes: NodeAttributes
  /** Version of the operators of the node's domain. */
  readonly opset: number
  /** Undefined where an optional input is left out. */
  readonly inputs: readonly (Operand | undefined)[]
  readonly problems: Problems
  /** Whether anything reads the result of this number. */
  isRead(output: number): boolean
}

/** What a node is: nodes of which the last gives its result, a constant, or what another gives. */
export type NodeMeaning =
  /** `layout`: of the last; the file's where absent. */
  | {
      readonly drafts: readonly Draft[]
      readonly layout?: Layout
      readonly packed?: Packed
      /** By the number of the result, where the last node is not the only one. */
      readonly results?: readonly (Operand | undefined)[]
    }
  | { readonly constant: Constant }
  | { readonly same: Operand }

/** Undefined when the node could not be read, which was reported. */
export type NodeReader = (context: NodeContext) => NodeMeaning | undefined

/** A reader in the table. */
export interface OperatorReader {
  readonly read: NodeReader
  /** Takes operands in any layout; other readers get them with the file's axes. */
  readonly anyLayout?: boolean
  /** Takes what QuantizeLinear gives. */
  readonly takesPacked?: boolean
  /** Takes operands whose rows are not the first axis. */
  readonly takesRows?: boolean
}
