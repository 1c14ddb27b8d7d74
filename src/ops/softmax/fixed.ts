// The bits of hls4ml's four softmaxes.

import { convertRaw } from '../../fixed/convert.ts'
import type { Plan, PlanBuffer, Step } from '../../fixed/kernels.ts'
import { conversion, type FixedType } from '../../fixed/types.ts'
import { sizeOf, typeAt } from '../../ir/tensor-type.ts'
import type { TypedOp } from '../definition.ts'
import { bufferOf, onePlan, resultConversions } from '../elementwise.ts'
import { implementationOf, type SoftmaxAttrs, slicesOf, tableSizes } from './attrs.ts'
import { expTable, inverseTable, legacyTables } from './tables.ts'

export function emulateSoftmax(op: TypedOp<SoftmaxAttrs>): Plan {
  switch (implementationOf(op)) {
    case 'stable':
      return normalised(op, true)
    case 'latency':
      return normalised(op, false)
    case 'legacy':
      return legacy(op)
    case 'argmax':
      return onePlan(op, {
        kernel: 'one-hot-maximum',
        from: 0,
        into: 1,
        groups: slices(op),
        one: oneOf(op),
      })
  }
}

/** Elements that are taken together. */
function slices(op: TypedOp<SoftmaxAttrs>) {
  return slicesOf(op.attrs, op.output.shape)
}

function everyIndex(op: TypedOp<SoftmaxAttrs>): number[] {
  return Array.from({ length: sizeOf(op.output.shape) }, (_, k) => k)
}

/** The raw value that the number 1 becomes in the result. */
export function oneOf(op: TypedOp<SoftmaxAttrs>): bigint {
  return convertRaw(1n, 0, resultConversions(op)[0]!)
}

/** e^(x − max) (stable) or e^x (latency), times the inverse of their sum. */
function normalised(op: TypedOp<SoftmaxAttrs>, stable: boolean): Plan {
  const source = bufferOf(op.inputs[0]!)
  const roles = {
    norm: op.conversion(stable ? 'inp_norm' : 'exp_table'),
    exp: op.conversion('exp_table'),
    accum: op.conversion('accum'),
  }
  const inverseIndex = op.conversion('inv_inp')
  const sizes = tableSizes(op)
  const exp = stable
    ? expTable(roles.norm.to, sizes.exp, roles.exp, -1, op.attrs)
    : expTable(typeAt(op.inputs[0]!, 0), sizes.exp, roles.exp, 1, op.attrs)
  const inverse = inverseTable(inverseIndex.to, sizes.inverse, op.conversion('inv_table'), op.attrs)
  const all = everyIndex(op)
  const groups = slices(op)
  const own = all.map(k => Math.floor(k / groups[0]!.length))
  const many = (type: FixedType): PlanBuffer => ({ size: all.length, types: [type] })
  const one = (type: FixedType): PlanBuffer => ({ size: groups.length, types: [type] })
  const difference: Step[] = stable
    ? [
        {
          kernel: 'reduce',
          op: 'maximum',
          from: 0,
          into: 1,
          groups,
          tree: true,
          accumulator: undefined,
          conversions: [conversion(source.types[0]!)],
        },
        {
          kernel: 'arithmetic',
          op: 'subtract',
          a: 1,
          b: 0,
          aIndex: own,
          into: 2,
          conversions: [roles.norm],
        },
      ]
    : []
  const bits = (table: typeof exp) => ({ kind: 'bits' as const, low: table.low, count: table.count })
  return {
    buffers: [
      source,
      one(source.types[0]!),
      many(roles.norm.to),
      many(roles.exp.to),
      many(roles.accum.to),
      one(inverseIndex.to),
      one(op.conversion('inv_table').to),
      bufferOf(op.output),
    ],
    inputs: [0],
    output: 7,
    steps: [
      ...difference,
      { kernel: 'table', from: stable ? 2 : 0, into: 3, index: bits(exp), values: exp.values },
      { kernel: 'convert', from: 3, into: 4, conversions: [roles.accum] },
      {
        kernel: 'reduce',
        op: 'add',
        from: 4,
        into: 5,
        groups,
        tree: true,
        accumulator: roles.accum,
        conversions: [inverseIndex],
      },
      { kernel: 'table', from: 5, into: 6, index: bits(inverse), values: inverse.values },
      {
        kernel: 'arithmetic',
        op: 'multiply',
        a: 4,
        b: 6,
        bIndex: own,
        into: 7,
        conversions: resultConversions(op),
      },
    ],
  }
}

/** 1 / Σ_j e^(x_j − x_i), with a table of e over [−8, 8) and one of 1/x over [0, 64). */
function legacy(op: TypedOp<SoftmaxAttrs>): Plan {
  const source = bufferOf(op.inputs[0]!)
  const x = typeAt(op.inputs[0]!, 0)
  const entry = op.conversion('table')
  const size = Number(op.choices.TableSize ?? 1024)
  const all = everyIndex(op)
  // Of itself an element is e^0 = 1, whatever the table's nearest entry says.
  const groups = slices(op)
  const extent = groups[0]!.length
  const sliceOf = (i: number) => groups[Math.floor(i / extent)]!
  const pairs = all.flatMap(i => sliceOf(i).flatMap(j => (j === i ? [] : { i, j })))
  const pairOf = (i: number, j: number) => (i === j ? -1 : i * (extent - 1) + (j % extent) - (j > i ? 1 : 0))
  const { exp, inverse } = legacyTables(size, entry)
  const difference = { signed: true, width: x.width + 1, frac: x.frac }
  const scaled = (frac: number, range: number, offset: number) => ({
    kind: 'scaled' as const,
    multiply: BigInt(size) << BigInt(Math.max(0, -frac)),
    shift: Math.log2(range) + Math.max(0, frac),
    offset: BigInt(Math.floor(offset)),
  })
  return {
    buffers: [
      source,
      { size: pairs.length, types: [difference] },
      { size: pairs.length, types: [entry.to] },
      { size: all.length * extent, types: [entry.to] },
      { size: all.length, types: [entry.to] },
      { size: all.length, types: [entry.to] },
      bufferOf(op.output),
    ],
    inputs: [0],
    output: 6,
    steps: [
      {
        kernel: 'arithmetic',
        op: 'subtract',
        a: 0,
        b: 0,
        into: 1,
        aIndex: pairs.map(pair => pair.j),
        bIndex: pairs.map(pair => pair.i),
        conversions: [conversion(difference)],
      },
      { kernel: 'table', from: 1, into: 2, index: scaled(x.frac, 16, size / 2), values: exp },
      {
        kernel: 'gather',
        from: [2],
        into: 3,
        index: all.flatMap(i => sliceOf(i).map(j => pairOf(i, j))),
        fill: convertRaw(1n, 0, entry),
      },
      {
        kernel: 'reduce',
        op: 'add',
        from: 3,
        into: 4,
        tree: false,
        accumulator: entry,
        conversions: [entry],
        groups: all.map(i => sliceOf(i).map((_, k) => i * extent + k)),
      },
      { kernel: 'table', from: 4, into: 5, index: scaled(entry.to.frac, 64, 0), values: inverse },
      { kernel: 'convert', from: 5, into: 6, conversions: resultConversions(op) },
    ],
  }
}
