// The bits of a decision over time.

import { quantiseNumber } from '../../fixed/convert.ts'
import type { BufferId, Plan } from '../../fixed/kernels.ts'
import { conversion, type FixedType } from '../../fixed/types.ts'
import { sizeOf, typeAt } from '../../ir/tensor-type.ts'
import type { TypedOp } from '../definition.ts'
import { bufferOf, resultConversions } from '../elementwise.ts'
import { createPlan, type PlanBuilder } from '../plan-builder.ts'
import { affine, arithmetic, bit, converted } from '../plan-steps.ts'
import { lowerTimeLoop, type TimeStep, windowsOf } from '../time-loop.ts'
import type { SpikeReadoutAttrs } from './attrs.ts'

export function emulate(op: TypedOp<SpikeReadoutAttrs>): Plan {
  const plan = createPlan()
  const [input, output] = [bufferOf(op.inputs[0]!), bufferOf(op.output)]
  const from = plan.buffer(input.size, ...input.types)
  const windows = windowsOf(op.attrs, op.inputs[0]!.shape, op.name)
  const sum = sumType(op, windows.steps)
  const isSpike = op.attrs.mode === 'spike'
  const x = isSpike ? spikesOf(plan, op, from) : converted(plan, from, op.conversion('membrane'))
  const loop = {
    ...windows,
    x: isSpike ? bit : sum,
    states: [sum],
    lower: (own: PlanBuilder, step: BufferId, [sums]: readonly BufferId[]) =>
      added(own, op, step, sums!, sum),
  }
  const sums = lowerTimeLoop(plan, loop, x, op.attrs.emit)
  const into = plan.buffer(output.size, ...output.types)
  decide(plan, op, { sums, into, classes: windows.size })
  return plan.finish([from], into)
}

/** Counts are never too wide, membranes of their own type. */
function sumType(op: TypedOp<SpikeReadoutAttrs>, steps: number): FixedType {
  if (op.attrs.mode === 'membrane') return op.conversion('membrane').to
  return { signed: false, width: Math.ceil(Math.log2(steps + 1)), frac: 0 }
}

/** 1 for every element that is not 0. */
function spikesOf(plan: PlanBuilder, op: TypedOp<SpikeReadoutAttrs>, from: BufferId): BufferId {
  const size = sizeOf(op.inputs[0]!.shape)
  const into = plan.buffer(size, bit)
  const isSigned = Array.from({ length: size }, (_, k) => typeAt(op.inputs[0]!, k)).some(
    ({ signed }) => signed,
  )
  const thresholds = isSigned
    ? { thresholds: [[0n, 1n]], values: [1n, 0n, 1n] }
    : { thresholds: [[1n]], values: [0n, 1n] }
  plan.step({ kernel: 'threshold', from, into, ...thresholds })
  return into
}

function added(
  plan: PlanBuilder,
  op: TypedOp<SpikeReadoutAttrs>,
  x: BufferId,
  sums: BufferId,
  type: FixedType,
): TimeStep {
  const isSpike = op.attrs.mode === 'spike'
  const into = isSpike ? conversion(type) : op.conversion('membrane')
  const kept = isSpike ? sums : leaked(plan, op, sums)
  const output = arithmetic(plan, 'add', { a: kept, b: x }, into)
  return { output, states: [output] }
}

/** M(M(beta) · v): the leak is held in the membranes' type. */
function leaked(plan: PlanBuilder, op: TypedOp<SpikeReadoutAttrs>, v: BufferId): BufferId {
  const membrane = op.conversion('membrane')
  const scale = { raw: [quantiseNumber(op.attrs.beta, membrane)], frac: membrane.to.frac }
  return affine(plan, v, { scale }, membrane)
}

interface Decided {
  readonly sums: BufferId
  readonly into: BufferId
  readonly classes: number
}

function decide(plan: PlanBuilder, op: TypedOp<SpikeReadoutAttrs>, { sums, into, classes }: Decided): void {
  const count = plan.sizeOf(into)
  const conversions = resultConversions(op)
  if (op.attrs.rule === 'binary_logit') {
    const at = (own: number) => Array.from({ length: count }, (_, k) => k * classes + own)
    plan.step({
      kernel: 'arithmetic',
      op: 'subtract',
      a: sums,
      b: sums,
      into,
      aIndex: at(1),
      bIndex: at(0),
      conversions,
    })
    return
  }
  const first = plan.buffer(count * classes, bit)
  const groups = Array.from({ length: count }, (_, k) =>
    Array.from({ length: classes }, (_, c) => k * classes + c),
  )
  plan.step({ kernel: 'one-hot-maximum', from: limited(plan, op, sums), into: first, groups, one: 1n })
  plan.step({
    kernel: 'multiply-accumulate',
    from: first,
    into,
    rows: count,
    inputs: classes,
    outputs: 1,
    weights: Array.from({ length: classes }, (_, c) => BigInt(c)),
    weightFrac: 0,
    bias: undefined,
    biasFrac: 0,
    product: { kind: 'multiply' },
    accumulator: undefined,
    order: undefined,
    conversions,
  })
}

/** Counts no greater than the threshold: the first greatest is then the first that reached it, if any did. */
function limited(plan: PlanBuilder, { attrs }: TypedOp<SpikeReadoutAttrs>, sums: BufferId): BufferId {
  if (attrs.rule !== 'first_to_threshold' && attrs.rule !== 'threshold_then_argmax') return sums
  const [type] = plan.typesOf(sums) as [FixedType]
  const into = plan.buffer(plan.sizeOf(sums), type)
  const conversions = [conversion(type)]
  plan.step({ kernel: 'clamp', from: sums, into, max: BigInt(attrs.classThreshold), conversions })
  return into
}
