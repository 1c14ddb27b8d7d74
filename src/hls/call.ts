// What operators say in C++: which kernel, with which parameters. A call names no variable of the project; the
// program around it wires calls together, and one printer per tool turns programs into text. Kernels and the config
// entries they read are described at the head of each file of kernels/.
import type { Conversion } from '../fixed/types.ts'
import { cppType } from './types.ts'

/** Raw integers, in whichever form the caller holds them. */
export type RawValues = ArrayLike<number> | ArrayLike<bigint>

/** One entry of a config struct; what each prints as is shown for the key `k`. */
export type HlsValue =
  /** `static const unsigned k = 3;` (`int` when negative). */
  | number
  /** `static const bool k = true;` */
  | boolean
  /** `typedef ap_fixed<16,6> k;` */
  | { readonly type: Conversion }
  /** `static ap_fixed<16,6> k() { return 0.5; }`: a fixed-point constant, exact. */
  | { readonly constant: bigint; readonly of: Conversion }
  /** `static const unsigned k = nnet::resource;` */
  | { readonly choice: string }
  /** `typedef nnet::product::exact k;`, or with a config `typedef nnet::scalar::relu<…> k;` */
  | { readonly struct: string; readonly config?: HlsConfig }
  /** `typedef fc1_config_k k;`: a nested config. */
  | { readonly config: HlsConfig }

export interface HlsConfig {
  readonly [key: string]: HlsValue
}

/** One argument of a kernel, in the order of its parameters. */
export type HlsArgument =
  /** The call's input or output tensor of this position, an array or a stream as the program has it. */
  | { readonly role: 'input' | 'output'; readonly index: number }
  /** A constant array: parameters of the model, or a function table. */
  | {
      readonly role: 'weights' | 'table'
      readonly name: string
      readonly type: Conversion
      readonly values: RawValues
    }
  /** The weights of a matrix that are not 0, with their places in it. */
  | {
      readonly role: 'sparse-weights'
      readonly name: string
      readonly type: Conversion
      /** Extents of the matrix. */
      readonly rows: number
      readonly columns: number
      readonly entries: readonly { readonly row: number; readonly column: number; readonly value: bigint }[]
    }
  /** An array that keeps its values from one frame to the next, zero at the start. */
  | { readonly role: 'state'; readonly name: string; readonly type: Conversion; readonly length: number }

/**
 * A call of a library kernel. Its template arguments are the types of the tensors among its arguments, inputs first,
 * then the config struct.
 */
export interface HlsCall {
  /** Qualified function name, `nnet::dense`. */
  readonly kernel: string
  /** The kernel's header, `lutra_dense.h`. */
  readonly header: string
  readonly config: HlsConfig
  readonly arguments: readonly HlsArgument[]
}

/** A value within straight-line code. */
export type HlsOperand =
  /** Element `at` of the beat of the input tensor `tensor` (0 when absent). */
  | { readonly input: number; readonly tensor?: number }
  /** The result of an earlier statement. */
  | { readonly step: number }
  | { readonly constant: bigint; readonly of: Conversion }

/** `a op b · 2^shift`, exact; or a conversion. `to` stores the result in a type, else it keeps its exact one. */
export type HlsStatement =
  | {
      readonly op: 'add' | 'subtract' | 'multiply'
      readonly a: HlsOperand
      readonly b: HlsOperand
      readonly shift?: number
      readonly to?: Conversion
    }
  | {
      readonly op: 'negate' | 'convert'
      readonly a: HlsOperand
      readonly shift?: number
      readonly to?: Conversion
    }

/**
 * Code without loops or branches, for what no kernel can be parametrised to: shift-add networks, products unrolled
 * with their zeros left out, conversions that differ from element to element. It runs on whole arrays, or once per
 * beat on streams.
 */
export interface HlsStraightLine {
  readonly statements: readonly HlsStatement[]
  /** What each element of the (single) output beat is; stored in the tensor's type. */
  readonly outputs: readonly HlsOperand[]
  /** Beats per frame when the tensors are streams, default 1. */
  readonly beats?: number
}

/** Every element of a tensor stored in a type of its own, in row-major order; the result's type holds them all. */
export interface HlsElementStore {
  readonly elements: readonly Conversion[]
}

/** What a single step of a design is in C++. */
export type HlsStep = HlsCall | HlsStraightLine | HlsElementStore

/** A tensor of a composite: one of the layer's own, or one between its parts. */
export type HlsPlace =
  | { readonly role: 'input' | 'output'; readonly index: number }
  | { readonly between: string }

export interface HlsPart {
  readonly name: string
  readonly step: HlsStep
  readonly inputs: readonly HlsPlace[]
  readonly output: HlsPlace
}

/** A layer of several steps in order, over tensors between them. */
export interface HlsComposite {
  readonly parts: readonly HlsPart[]
  readonly between: readonly Pick<HlsTensor, 'name' | 'shape' | 'type'>[]
  /** The steps read arrays: on streams whole frames are read before the first, and written after the last. */
  readonly onArrays: boolean
}

/** What a layer is in C++. */
export type HlsBody = HlsStep | HlsComposite

/** A tensor between calls. A stream's beat is its last axis (rank 1: all of it). */
export interface HlsTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: Conversion
  /** How values come into elements that have types of their own; `type` holds the values of all. */
  readonly elements?: readonly Conversion[]
  readonly form: 'array' | 'stream'
  /** FIFO depth in beats of a stream between two calls. */
  readonly depth?: number
}

/** One call with the names of the tensors it reads and writes. */
export interface HlsLayer {
  readonly name: string
  readonly call: HlsBody
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

/** A whole design: calls in order, over named tensors, of which some are its inputs and outputs. */
export interface HlsProgram {
  readonly name: string
  readonly tensors: readonly HlsTensor[]
  readonly layers: readonly HlsLayer[]
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

export function isStraightLine(call: HlsBody): call is HlsStraightLine {
  return 'statements' in call
}

export function isElementStore(call: HlsBody): call is HlsElementStore {
  return 'elements' in call
}

export function isComposite(call: HlsBody): call is HlsComposite {
  return 'parts' in call
}

export function isCall(call: HlsBody): call is HlsCall {
  return 'kernel' in call
}

/** Number of elements of a tensor. */
export function tensorSize(tensor: HlsTensor): number {
  return tensor.shape.reduce((product, extent) => product * extent, 1)
}

/** Elements per beat of a stream. */
export function beatSize(tensor: HlsTensor): number {
  return tensor.shape.at(-1) ?? 1
}

/** The C++ type of an entry of sparse weights: `nnet::sparse_weight<ap_fixed<6,1>, 4, 5>` of 16 rows and 32 columns. */
export function sparseType({
  type,
  rows,
  columns,
}: Extract<HlsArgument, { readonly role: 'sparse-weights' }>): string {
  const bits = (count: number) => Math.max(1, Math.ceil(Math.log2(count)))
  return `nnet::sparse_weight<${cppType(type)}, ${bits(rows)}, ${bits(columns)}>`
}

/** A kernel weight matrix [rows][columns] as [columns][rows], the order of the resource strategy. */
export function transposed(values: RawValues, rows: number, columns: number): bigint[] {
  return Array.from({ length: rows * columns }, (_, k) =>
    BigInt(values[(k % rows) * columns + Math.floor(k / rows)]!),
  )
}
