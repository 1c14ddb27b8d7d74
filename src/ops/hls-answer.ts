// What the C++ answers of operators share: an elementwise kernel call, constant arrays, and the refusals that hold for
// every kernel.

import { type Conversion, conversion, type FixedType, maxRaw, minRaw } from '../fixed/types.ts'
import { type HlsArgument, type HlsBody, type HlsCall, type HlsConfig, isStraightLine } from '../hls/call.ts'
import { type Shape, sizeOf, uniformType } from '../ir/tensor-type.ts'
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

/**
 * The answer of `build`, where kernels can hold the operator's tensors and constants; else why they cannot.
 * A tensor in C++ has one type for all its elements.
 */
export function hlsAnswer<A>(op: TypedOp<A>, build: () => HlsBody | Refusal): HlsBody | Refusal {
  const mixed = [...op.inputs, op.output].some(type => uniformType(type) === undefined)
  if (mixed) {
    return refuse(
      'hls/element-types',
      'its elements have types of their own, and a C++ array or stream has one for all; give the layer one type',
    )
  }
  const body = build()
  if (isRefusal(body) || isStraightLine(body)) return body
  const wide = constantTypes(body).find(({ width }) => width > widestConstant)
  if (wide === undefined) return body
  return refuse(
    'hls/wide-constant',
    `a constant of ${wide.width} bits cannot be written in C++; the most are ${widestConstant}`,
  )
}

function constantTypes(call: HlsCall): FixedType[] {
  const arrays = call.arguments.flatMap(argument => ('values' in argument ? [argument.type.to] : []))
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
): HlsBody | Refusal {
  return hlsAnswer(op, () => ({
    kernel: `nnet::${kernel}`,
    header: 'lutra_activation.h',
    config: { n_in: sizeOf(op.output.shape), ...config },
    arguments: [inputArgument, outputArgument, ...more],
  }))
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
