// The bits of hls4ml's four softmaxes.

import { convertRaw } from '../../fixed/convert.ts'
import { type BufferId, type Plan, type PlanBuffer, scaledIndex } from '../../fixed/kernels.ts'
import { type Conversion, conversion, type FixedType } from '../../fixed/types.ts'
import { typeAt } from '../../ir/tensor-type.ts'
import type { TypedOp } from '../definition.ts'
import { bufferOf, resultConversions } from '../elementwise.ts'
import { createPlan, type PlanBuilder } from '../plan-builder.ts'
import { arithmetic, converted, lookedUp } from '../plan-steps.ts'
import { implementationOf, type SoftmaxAttrs, slicesOf, tableSizes } from './attrs.ts'
import { type BitsTable, expTable, inverseTable, legacyTables } from './tables.ts'

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
function oneOf(op: TypedOp<SoftmaxAttrs>): bigint {
  return convertRaw(1n, 0, resultConversions(op)[0]!)
}

/** e^(x − max) (stable) or e^x (latency), times the inverse of their sum. */
function normalised(op: TypedOp<SoftmaxAttrs>, over: Over, stable: boolean): Plan {
  const plan = createPlan()
  const x = plan.buffer(over.size, ...over.source.types)
  const own = over.groups.flatMap((group, k) => group.map(() => k))
  const accumulator = op.conversion('accum')
  const powers = stable ? powersBelowMaximum(op, plan, x, over.groups, own) : powersOf(op, plan, x)
  const terms = converted(plan, powers, accumulator)
  const index = op.conversion('inv_inp')
  const sums = plan.buffer(over.groups.length, index.to)
  plan.step({
    kernel: 'reduce',
    op: 'add',
    from: terms,
    into: sums,
    groups: over.groups,
    tree: true,
    accumulator,
    conversions: [index],
  })
  const entry = op.conversion('inv_table')
  const table = inverseTable(index.to, tableSizes(op).inverse, entry, op.attrs)
  const inverses = lookedUp(plan, sums, byBits(table), entry.to)
  const y = plan.buffer(over.result.size, ...over.result.types)
  plan.step({
    kernel: 'arithmetic',
    op: 'multiply',
    a: terms,
    b: inverses,
    bIndex: own,
    into: y,
    conversions: over.conversions,
  })
  return plan.finish([x], y)
}

/** e^−(max − x), where `groupOf` is the group that each element belongs to. */
function powersBelowMaximum(
  op: TypedOp<SoftmaxAttrs>,
  plan: PlanBuilder,
  x: BufferId,
  groups: Over['groups'],
  groupOf: readonly number[],
): BufferId {
  const [type] = plan.typesOf(x) as [FixedType]
  const maxima = plan.buffer(groups.length, type)
  plan.step({
    kernel: 'reduce',
    op: 'maximum',
    from: x,
    into: maxima,
    groups,
    tree: true,
    accumulator: undefined,
    conversions: [conversion(type)],
  })
  const norm = op.conversion('inp_norm')
  const below = arithmetic(plan, 'subtract', { a: maxima, b: x, aIndex: groupOf }, norm)
  const entry = op.conversion('exp_table')
  return lookedUp(plan, below, byBits(expTable(norm.to, tableSizes(op).exp, entry, -1, op.attrs)), entry.to)
}

function powersOf(op: TypedOp<SoftmaxAttrs>, plan: PlanBuilder, x: BufferId): BufferId {
  const entry = op.conversion('exp_table')
  const table = expTable(typeAt(op.inputs[0]!, 0), tableSizes(op).exp, entry, 1, op.attrs)
  return lookedUp(plan, x, byBits(table), entry.to)
}

const byBits = ({ low, count, values }: BitsTable) => ({
  index: { kind: 'bits', low, count } as const,
  values,
})

/** 1 / Σ_j e^(x_j − x_i), with a table of e over [−8, 8) and one of 1/x over [0, 64). */
function legacy(op: TypedOp<SoftmaxAttrs>, over: Over): Plan {
  const plan = createPlan()
  const x = plan.buffer(over.size, ...over.source.types)
  const entry = op.conversion('table')
  const size = Number(op.choices.TableSize ?? 1024)
  const tables = legacyTables(size, entry)
  const both = over.groups.flatMap(group => group.map(i => group.map(j => ({ i, j }))))
  const powers = powersOfDifferences(op, plan, x, both.flat(), tables.exp)
  const sums = plan.buffer(over.size, entry.to)
  plan.step({
    kernel: 'reduce',
    op: 'add',
    from: powers,
    into: sums,
    tree: false,
    accumulator: entry,
    conversions: [entry],
    groups: ranges(both.map(row => row.map(({ j }) => j))),
  })
  const index = scaledIndex(entry.to.frac, BigInt(size), Math.log2(64))
  const inverses = lookedUp(plan, sums, { index, values: tables.inverse }, entry.to)
  const y = plan.buffer(over.result.size, ...over.result.types)
  plan.step({ kernel: 'convert', from: inverses, into: y, conversions: over.conversions })
  return plan.finish([x], y)
}

/** e^(x_j − x_i) of each pair. Of itself an element is e^0 = 1, whatever the table's nearest entry says. */
function powersOfDifferences(
  op: TypedOp<SoftmaxAttrs>,
  plan: PlanBuilder,
  x: BufferId,
  pairs: readonly { readonly i: number; readonly j: number }[],
  values: readonly bigint[],
): BufferId {
  const entry = op.conversion('table')
  const { width, frac } = typeAt(op.inputs[0]!, 0)
  const others = pairs.filter(({ i, j }) => i !== j)
  const operands = { a: x, b: x, aIndex: others.map(({ j }) => j), bIndex: others.map(({ i }) => i) }
  const to = conversion({ signed: true, width: width + 1, frac })
  const differences = arithmetic(plan, 'subtract', operands, to)
  const index = scaledIndex(frac, BigInt(values.length), Math.log2(16), BigInt(Math.floor(values.length / 2)))
  const powers = lookedUp(plan, differences, { index, values }, entry.to)
  let next = 0
  const places = pairs.map(({ i, j }) => (i === j ? -1 : next++))
  const all = plan.buffer(places.length, entry.to)
  plan.step({ kernel: 'gather', from: [powers], into: all, index: places, fill: convertRaw(1n, 0, entry) })
  return all
}
