// The bits of hls4ml's four softmaxes.

import { convertRaw } from '../../fixed/convert.ts'
import type { Plan, PlanBuffer, Step } from '../../fixed/kernels.ts'
import { type Conversion, conversion, type FixedType } from '../../fixed/types.ts'
import { typeAt } from '../../ir/tensor-type.ts'
import type { TypedOp } from '../definition.ts'
import { bufferOf, resultConversions } from '../elementwise.ts'
import { implementationOf, type SoftmaxAttrs, slicesOf, tableSizes } from './attrs.ts'
import { expTable, inverseTable, legacyTables } from './tables.ts'

export function emulateSoftmax(op: TypedOp<SoftmaxAttrs>): Plan {
  const { causal } = op.attrs
  const groups = slicesOf(op.attrs, op.output.shape)
  const [source, result, conversions] = [bufferOf(op.inputs[0]!), bufferOf(op.output), resultConversions(op)]
  if (!causal) return planOf(op, { groups, size: source.size, source, result, conversions })
  return amongOthers(source, result, groups.flat(), (from, into) => {
    const picked = conversions.length === 1 ? conversions : groups.flat().map(k => conversions[k]!)
    const size = groups.flat().length
    return planOf(op, { groups: ranges(groups), size, source: from, result: into, conversions: picked })
  })
}

/** What a softmax is over: elements from 0 on, in groups that stand one behind the other. */
interface Over {
  readonly groups: readonly (readonly number[])[]
  readonly size: number
  readonly source: PlanBuffer
  readonly result: PlanBuffer
  readonly conversions: readonly Conversion[]
}

/** Places of lists laid end to end. */
function ranges(lists: readonly (readonly number[])[]): number[][] {
  let next = 0
  return lists.map(list => list.map(() => next++))
}

/** A plan over some elements alone; the others of its result are 0. */
function amongOthers(
  source: PlanBuffer,
  result: PlanBuffer,
  kept: readonly number[],
  planFor: (source: PlanBuffer, result: PlanBuffer) => Plan,
): Plan {
  const some = ({ types }: PlanBuffer): PlanBuffer => ({
    size: kept.length,
    types: types.length === 1 ? types : kept.map(k => types[k]!),
  })
  const plan = planFor(some(source), some(result))
  const [all, out] = [plan.buffers.length, plan.buffers.length + 1]
  const places = Array.from({ length: result.size }, () => -1)
  for (const [place, k] of kept.entries()) places[k] = place
  return {
    buffers: [...plan.buffers, source, result],
    inputs: [all],
    output: out,
    steps: [
      { kernel: 'gather', from: [all], into: plan.inputs[0]!, index: kept, fill: 0n },
      ...plan.steps,
      { kernel: 'gather', from: [plan.output], into: out, index: places, fill: 0n },
    ],
  }
}

function planOf(op: TypedOp<SoftmaxAttrs>, over: Over): Plan {
  switch (implementationOf(op)) {
    case 'stable':
      return normalised(op, over, true)
    case 'latency':
      return normalised(op, over, false)
    case 'legacy':
      return legacy(op, over)
    case 'argmax':
      return {
        buffers: [over.source, over.result],
        inputs: [0],
        output: 1,
        steps: [{ kernel: 'one-hot-maximum', from: 0, into: 1, groups: over.groups, one: oneOf(op) }],
      }
  }
}

/** The raw value that the number 1 becomes in the result. */
export function oneOf(op: TypedOp<SoftmaxAttrs>): bigint {
  return convertRaw(1n, 0, resultConversions(op)[0]!)
}

/** e^(x − max) (stable) or e^x (latency), times the inverse of their sum. */
function normalised(op: TypedOp<SoftmaxAttrs>, over: Over, stable: boolean): Plan {
  const { groups, size, source } = over
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
  const own = groups.flatMap((group, k) => group.map(() => k))
  const many = (type: FixedType): PlanBuffer => ({ size, types: [type] })
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
      over.result,
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
        conversions: over.conversions,
      },
    ],
  }
}

/** 1 / Σ_j e^(x_j − x_i), with a table of e over [−8, 8) and one of 1/x over [0, 64). */
function legacy(op: TypedOp<SoftmaxAttrs>, over: Over): Plan {
  const { groups, source } = over
  const x = typeAt(op.inputs[0]!, 0)
  const entry = op.conversion('table')
  const size = Number(op.choices.TableSize ?? 1024)
  // Of itself an element is e^0 = 1, whatever the table's nearest entry says.
  const both = groups.flatMap(group => group.map(i => group.map(j => ({ i, j }))))
  const pairs = both.flat().filter(({ i, j }) => i !== j)
  let next = 0
  const places = both.flat().map(({ i, j }) => (i === j ? -1 : next++))
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
      { size: places.length, types: [entry.to] },
      { size: over.size, types: [entry.to] },
      { size: over.size, types: [entry.to] },
      over.result,
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
        index: places,
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
        groups: ranges(both.map(row => row.map(({ j }) => j))),
      },
      { kernel: 'table', from: 4, into: 5, index: scaled(entry.to.frac, 64, 0), values: inverse },
      { kernel: 'convert', from: 5, into: 6, conversions: over.conversions },
    ],
  }
}
