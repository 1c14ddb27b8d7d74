// What the C++ answers of operators share: an elementwise kernel call, constant arrays, and the refusals that hold for
// every kernel.

import { bug } from '../diagnostics/diagnostic.ts'
import { type Conversion, conversion, type FixedType, joinTypes, maxRaw, minRaw } from '../fixed/types.ts'
import {
  type HlsArgument,
  type HlsBody,
  type HlsCall,
  type HlsConfig,
  type HlsElementStore,
  type HlsStraightLine,
  type HlsTensor,
  isCall,
  isComposite,
  isStraightLine,
} from '../hls/call.ts'
import {
  conversionAt,
  type Shape,
  sizeOf,
  type TensorConversion,
  type TensorType,
  uniformType,
  unionType,
} from '../ir/tensor-type.ts'
import { isRefusal, type RawValues, type Refusal, refuse, type TypedOp } from './definition.ts'

export const inputArgument = { role: 'input', index: 0 } as const
export const outputArgument = { role: 'output', index: 0 } as const

/** Tensors and axes that kernels over several of them are written for. */
export const mostTensors = 8
export const mostAxes = 4

/** A shape of four axes, ones in front. */
export function fourAxes(shape: Shape): number[] {
  return [...Array<number>(mostAxes - shape.length).fill(1), ...shape]
}

/** The config entries that kernels over several tensors read: elements of each and of the result. */
export function tensorSizes<A>({ inputs, output }: TypedOp<A>): HlsConfig {
  const sizes = inputs.map(({ shape }, k) => [`n_in${k}`, sizeOf(shape)] as const)
  return { ...Object.fromEntries(sizes), n_out: sizeOf(output.shape) }
}

/** Widest type of which every value can be written as a C++ constant. */
const widestConstant = 128

/** What a kernel does with elements that have types of their own. */
export interface ElementForms {
  /** The type of all that the kernel stores, before it is stored; absent where that is not known. */
  readonly exact?: () => FixedType
  /** Whether it reads values alone, never words: their types may differ then. */
  readonly readsByElement?: boolean
}

/** Whether elements have types of their own. */
export function isMixed(type: TensorType): boolean {
  return uniformType(type) === undefined
}

/**
 * The answer of `build`, where kernels can hold the operator's tensors and constants; else why they cannot.
 * A tensor in C++ has one type for all its elements. Where elements have types of their own it is the narrowest that
 * holds them all; of a result the kernel leaves the exact values, and then every element gets its own type.
 */
export function hlsAnswer<A>(
  op: TypedOp<A>,
  build: () => HlsBody | Refusal,
  { exact, readsByElement = false }: ElementForms = {},
): HlsBody | Refusal {
  if ((op.inputs.some(isMixed) && !readsByElement) || (isMixed(op.output) && exact === undefined)) {
    return refuse(
      'hls/element-types',
      'its elements have types of their own, and its C++ kernel takes one for all; give the layer one type',
    )
  }
  const body = build()
  if (isRefusal(body)) return body
  const wide = constantTypes(body).find(({ width }) => width > widestConstant)
  if (wide !== undefined) {
    return refuse(
      'hls/wide-constant',
      `a constant of ${wide.width} bits cannot be written in C++; the most are ${widestConstant}`,
    )
  }
  return exact === undefined || !isMixed(op.output) ? body : storedByElement(op, body, exact())
}

/** The body with a result that loses nothing, and behind it a conversion for every element. */
function storedByElement<A>(op: TypedOp<A>, body: HlsBody, exact: FixedType): HlsBody {
  const store = elementStore(op)
  if (isStraightLine(body)) return convertedCode(body, store.elements)
  if (!isCall(body)) return bug(`${op.name} is of several steps already`)
  const between = { name: 'exact', shape: op.output.shape, type: conversion(exact) }
  const inputs = op.inputs.map((_, index) => ({ role: 'input', index }) as const)
  return {
    between: [between],
    onArrays: false,
    parts: [
      { name: 'sum', step: body, inputs, output: { between: 'exact' } },
      { name: 'store', step: store, inputs: [{ between: 'exact' }], output: outputArgument },
    ],
  }
}

/** A conversion for every element of the result. */
export function elementStore<A>({ output: { shape }, result }: TypedOp<A>): HlsElementStore {
  return { elements: conversionsOf(result, shape) }
}

function conversionsOf(result: TensorConversion, shape: Shape): Conversion[] {
  return Array.from({ length: sizeOf(shape) }, (_, k) => conversionAt(result, shape, k))
}

/** Straight-line code of one run, every result of which is converted once more. */
function convertedCode(code: HlsStraightLine, elements: readonly Conversion[]): HlsStraightLine {
  const first = code.statements.length
  const stores = code.outputs.map((a, k) => ({ op: 'convert', a, to: elements[k]! }) as const)
  return {
    ...code,
    statements: [...code.statements, ...stores],
    outputs: stores.map((_, k) => ({ step: first + k })),
  }
}

/** How C++ holds a tensor of this conversion: as it says, or, of several types, in the narrowest that holds them all. */
export function hlsHolding(result: TensorConversion, shape: Shape): Pick<HlsTensor, 'type' | 'elements'> {
  const type: TensorType = { shape, element: result.to }
  if (uniformType(type) !== undefined) return { type: conversionAt(result, shape, 0) }
  return { type: conversion(unionType(type)), elements: conversionsOf(result, shape) }
}

function constantTypes(body: HlsBody): FixedType[] {
  if (isComposite(body)) return body.parts.flatMap(({ step }) => constantTypes(step))
  return isCall(body) ? callConstants(body) : []
}

function callConstants(call: HlsCall): FixedType[] {
  const arrays = call.arguments.flatMap(argument =>
    'values' in argument || 'entries' in argument ? [argument.type.to] : [],
  )
  return [...arrays, ...configConstants(call.config)]
}

function configConstants(config: HlsConfig): FixedType[] {
  return Object.values(config).flatMap(value => {
    if (typeof value !== 'object') return []
    if ('constant' in value) return [value.of.to]
    return 'config' in value && value.config !== undefined ? configConstants(value.config) : []
  })
}

/** A call of an activation kernel over all elements. */
export function elementwiseHls<A>(
  op: TypedOp<A>,
  kernel: string,
  config: HlsConfig = {},
  more: readonly HlsArgument[] = [],
  forms: ElementForms = {},
): HlsBody | Refusal {
  const build = () => ({
    kernel: `nnet::${kernel}`,
    header: 'lutra_activation.h',
    config: { n_in: sizeOf(op.output.shape), ...config },
    arguments: [inputArgument, outputArgument, ...more],
  })
  return hlsAnswer(op, build, forms)
}

/** Of kernels that put elements elsewhere and compute nothing. */
export function movesElements<A>(op: TypedOp<A>): ElementForms {
  return { exact: () => inputsUnion(op), readsByElement: true }
}

/** The type of all that the inputs hold. */
export function inputsUnion<A>({ inputs }: TypedOp<A>): FixedType {
  return inputs.map(unionType).reduce(joinTypes)
}

/** Trained values as an argument. */
export function weightsArgument(name: string, { type, raw }: Pick<RawValues, 'type' | 'raw'>): HlsArgument {
  return { role: 'weights', name, type: conversion(type), values: raw }
}

/** Zeros where a layer has no bias: kernels take one always. */
export function noBias(results: number): RawValues {
  const raw = Array.from({ length: results }, () => 0n)
  return { shape: [results], type: { signed: false, width: 1, frac: 0 }, raw }
}

/** A function table as an argument. */
export function tableArgument(name: string, type: Conversion, values: readonly bigint[]): HlsArgument {
  return { role: 'table', name, type, values }
}

/** Refuses a result type that does not hold these whole numbers; undefined where it does. */
export function missingLevels<A>(op: TypedOp<A>, levels: readonly bigint[]): Refusal | undefined {
  const type = op.output.element.types[0]!
  const missing = levels.filter(level => !holds(type, level))
  if (missing.length === 0) return undefined
  return refuse(
    'hls/result-levels',
    `its results are ${levels.join(', ')}, and its result type does not hold ${missing.join(', ')}`,
  )
}

function holds(type: FixedType, whole: bigint): boolean {
  const raw = type.frac >= 0 ? whole << BigInt(type.frac) : whole >> BigInt(-type.frac)
  const exact = type.frac >= 0 || raw << BigInt(-type.frac) === whole
  return exact && raw >= minRaw(type) && raw <= maxRaw(type)
}
