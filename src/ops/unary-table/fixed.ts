// The bits of a unary table: the address as an unsigned word, behind it, where elements have tables of their own, the
// element's number, then the entry and its conversion.

import type { Plan, PlanBuffer, Step } from '../../fixed/kernels.ts'
import { conversion, type FixedType } from '../../fixed/types.ts'
import { sizeOf } from '../../ir/tensor-type.ts'
import type { RawValues, TypedOp } from '../definition.ts'
import { bufferOf, resultConversions } from '../elementwise.ts'
import { entryCount, tablesOf, type UnaryTableAttrs } from './tables.ts'

export function emulateUnaryTable(op: TypedOp<UnaryTableAttrs>): Plan {
  const { raw, type } = tablesOf<RawValues>(op.name, op.weight('table'))
  const { width, frac } = op.attrs
  const size = sizeOf(op.output.shape)
  const word: FixedType = { signed: false, width, frac }
  const many = (own: FixedType): PlanBuffer => ({ size, types: [own] })
  const isShared = raw.length === entryCount(op.attrs)
  const address = isShared ? word : { ...word, width: width + Math.ceil(Math.log2(size)) }
  const values = Array.from({ length: 2 ** address.width }, (_, k) => raw[k] ?? 0n)
  const numbered: Step = {
    kernel: 'affine',
    from: 1,
    into: 2,
    scale: [1n],
    scaleFrac: 0,
    bias: Array.from({ length: size }, (_, k) => BigInt(k) << BigInt(width)),
    biasFrac: frac,
    conversions: [conversion(address)],
  }
  return {
    buffers: [bufferOf(op.inputs[0]!), many(word), many(address), many(type), bufferOf(op.output)],
    inputs: [0],
    output: 4,
    steps: [
      { kernel: 'convert', from: 0, into: 1, conversions: [conversion(word, 'RND_CONV', 'WRAP')] },
      ...(isShared ? [] : [numbered]),
      {
        kernel: 'table',
        from: isShared ? 1 : 2,
        into: 3,
        index: { kind: 'bits', low: 0, count: address.width },
        values,
      },
      { kernel: 'convert', from: 3, into: 4, conversions: resultConversions(op) },
    ],
  }
}
