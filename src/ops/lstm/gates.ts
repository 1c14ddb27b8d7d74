// The activations of recurrent layers, as hls4ml has them: a table over [−range, range), the entry at a bin's lower
// edge, the index truncated toward zero.

import { quantiseNumber } from '../../fixed/convert.ts'
import type { TableIndex } from '../../fixed/kernels.ts'
import { sigmoidFloat32, tanhDouble } from '../../fixed/table-functions.ts'
import type { Conversion, FixedType } from '../../fixed/types.ts'

export type GateFunction = 'sigmoid' | 'tanh'

interface Gate {
  readonly range: number
  readonly entry: (x: number) => number
  readonly meaning: (x: number) => number
}

export const gates: Readonly<Record<GateFunction, Gate>> = {
  sigmoid: { range: 8, entry: sigmoidFloat32, meaning: x => 1 / (1 + Math.exp(-x)) },
  tanh: { range: 4, entry: tanhDouble, meaning: Math.tanh },
}

export function gateTable(gate: GateFunction, size: number, type: Conversion): readonly bigint[] {
  const { range, entry } = gates[gate]
  return Array.from({ length: size }, (_, k) =>
    quantiseNumber(entry(Math.fround((2 * range * (k - size / 2)) / size)), type),
  )
}

/** trunc(x · size / 2range) + size / 2, clamped: for x = raw · 2^-frac, raw · size · 2^-(log2 2range + frac). */
export function gateIndex(gate: GateFunction, size: number, x: FixedType): TableIndex {
  return {
    kind: 'scaled',
    multiply: BigInt(size) << BigInt(Math.max(0, -x.frac)),
    shift: Math.log2(2 * gates[gate].range) + Math.max(0, x.frac),
    offset: BigInt(size / 2),
  }
}
