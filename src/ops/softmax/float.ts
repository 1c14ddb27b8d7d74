// The float meaning of softmax; of a source whose tables have types, through these tables.

import { quantiseNumber, rawToNumber } from '../../fixed/convert.ts'
import type { Conversion } from '../../fixed/types.ts'
import type { FloatOp } from '../definition.ts'
import { type SoftmaxAttrs, slicesOf } from './attrs.ts'
import { inverseBeside, quantise, scaledExp } from './tables.ts'
import { type StatedTypes, statedTypes } from './type.ts'

export function evaluateSoftmax(op: FloatOp<SoftmaxAttrs>, inputs: readonly Float64Array[]): Float64Array {
  const result = new Float64Array(inputs[0]!.length)
  const stated = statedTypes(op.quantisers)
  for (const slice of slicesOf(op.attrs, op.shape)) {
    const x = slice.map(k => inputs[0]![k]!)
    const own = stated === undefined ? plain(op.attrs, x) : byTables(op.attrs, stated, x)
    for (const [at, k] of slice.entries()) result[k] = own[at]!
  }
  return result
}

function plain({ scale = 1 }: SoftmaxAttrs, x: readonly number[]): readonly number[] {
  const largest = Math.max(...x)
  const exps = x.map(value => Math.exp((value - largest) * scale))
  const sum = exps.reduce((total, exp) => total + exp, 0)
  return exps.map(exp => exp / sum)
}

function byTables(
  { scale = 1, epsilon = 0 }: SoftmaxAttrs,
  types: StatedTypes,
  x: readonly number[],
): readonly number[] {
  const { inp_norm: norm, exp_table: entry } = types
  const largest = Math.max(...x)
  const powers = x.map(value => (norm === undefined ? value : -rounded(largest - value, norm)))
  const exps = powers.map(power => through(scaledExp(power, scale), entry))
  const sum = rounded(
    exps.reduce((total, exp) => total + exp, 0),
    types.inv_inp,
  )
  const inverse = through(inverseBeside(sum, epsilon), types.inv_table)
  return exps.map(exp => exp * inverse)
}

function rounded(value: number, to: Conversion): number {
  return rawToNumber(quantiseNumber(value, to), to.to.frac)
}

function through(value: number, entry: Conversion): number {
  return rawToNumber(quantise(value, entry), entry.to.frac)
}
