// How a dense kernel in C++ holds its weights: all of them, by inputs or by outputs, or only those that are not 0.

import { conversion, type FixedType } from '../fixed/types.ts'
import { type HlsArgument, type HlsConfig, sparseType, transposed } from '../hls/call.ts'
import type { RawValues } from './definition.ts'
import { weightsArgument } from './hls-answer.ts'
import { isInTurns, type Strategy } from './strategy.ts'

export type WeightOrder = 'latency' | 'resource' | 'compressed'

/** The order in which products are visited; a distributed sum is one of latency that loses nothing. */
export function weightOrder(strategy: Strategy, reuse: number): WeightOrder {
  if (strategy === 'compressed') return 'compressed'
  return isInTurns(strategy, reuse) ? 'resource' : 'latency'
}

export interface WeightStore {
  /** Entries of the dense layer's config. */
  readonly config: HlsConfig
  readonly argument: HlsArgument
}

/**
 * Weights [inputs][columns], or several such matrices one behind the other. Of compressed ones each matrix has as many
 * entries as the fullest, zeros among them.
 */
export function storedWeights(
  name: string,
  { type, raw }: Pick<RawValues, 'type' | 'raw'>,
  columns: number,
  order: WeightOrder,
  matrices = 1,
): WeightStore {
  const config = { strategy: { choice: `nnet::${order}` } }
  if (order === 'compressed') {
    const argument = sparseWeights(name, type, raw, columns, matrices)
    const weight = { struct: sparseType(argument) }
    return {
      config: { ...config, weight_t: weight, n_weights: argument.entries.length / matrices },
      argument,
    }
  }
  const inputs = raw.length / columns / matrices
  const held = order === 'resource' ? transposed(raw, inputs, columns) : raw
  return {
    config: { ...config, weight_t: { type: conversion(type) } },
    argument: weightsArgument(name, { type, raw: held }),
  }
}

function sparseWeights(
  name: string,
  type: FixedType,
  raw: readonly bigint[],
  columns: number,
  matrices: number,
): Extract<HlsArgument, { readonly role: 'sparse-weights' }> {
  const size = raw.length / matrices
  const rows = Array.from({ length: matrices }, (_, matrix) =>
    raw
      .slice(matrix * size, (matrix + 1) * size)
      .flatMap((value, k) =>
        value === 0n ? [] : [{ row: Math.floor(k / columns), column: k % columns, value }],
      ),
  )
  const most = Math.max(1, ...rows.map(own => own.length))
  const none = { row: 0, column: 0, value: 0n }
  const entries = rows.flatMap(own => [...own, ...Array<typeof none>(most - own.length).fill(none)])
  return { role: 'sparse-weights', name, type: conversion(type), rows: size / columns, columns, entries }
}
