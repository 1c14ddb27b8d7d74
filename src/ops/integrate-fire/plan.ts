// The bits of integrate-and-fire neurons.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { BufferId, Plan } from '../../fixed/kernels.ts'
import type { RawValues, TypedOp } from '../definition.ts'
import { bufferOf, resultConversions } from '../elementwise.ts'
import { createPlan, type PlanBuilder } from '../plan-builder.ts'
import { affine, arithmetic, ceilTo, chosen, converted, reaching, repeated, zeros } from '../plan-steps.ts'
import { lowerTimeLoop, type TimeStep, windowsOf } from '../time-loop.ts'
import type { IntegrateFireAttrs } from './attrs.ts'

export function emulate(op: TypedOp<IntegrateFireAttrs>): Plan {
  const membrane = op.conversion('membrane')
  const plan = createPlan()
  const [input, output] = [bufferOf(op.inputs[0]!), bufferOf(op.output)]
  const from = plan.buffer(input.size, ...input.types)
  const loop = {
    ...windowsOf(op.attrs, op.inputs[0]!.shape, op.name),
    x: membrane.to,
    states: [membrane.to],
    lower: (own: PlanBuilder, x: BufferId, [v]: readonly BufferId[]) => step(own, op, x, v!),
  }
  const spikes = lowerTimeLoop(plan, loop, converted(plan, from, membrane), 'all')
  const into = plan.buffer(output.size, ...output.types)
  plan.step({ kernel: 'convert', from: spikes, into, conversions: resultConversions(op) })
  return plan.finish([from], into)
}

/** v = M(M(beta · v) + x); a spike where v ≥ threshold; then v = M(v − threshold), or 0. */
function step(plan: PlanBuilder, op: TypedOp<IntegrateFireAttrs>, x: BufferId, v: BufferId): TimeStep {
  const membrane = op.conversion('membrane')
  const threshold = op.weight('threshold') ?? bug(`${op.name} lacks a threshold`)
  const kept = op.attrs.leaky ? leaked(plan, op, v) : v
  const charged = arithmetic(plan, 'add', { a: kept, b: x }, membrane)
  const least = threshold.raw.map(raw => ceilTo(raw, threshold.type.frac, membrane.to.frac))
  const output = reaching(plan, charged, repeated(least, plan.sizeOf(x)))
  const reset = resetMembrane(plan, op, threshold, charged)
  return { output, states: [chosen(plan, output, reset, charged)] }
}

function leaked(plan: PlanBuilder, op: TypedOp<IntegrateFireAttrs>, v: BufferId): BufferId {
  const beta = op.weight('beta') ?? bug(`${op.name} lacks a beta`)
  const scale = { raw: repeated(beta.raw, plan.sizeOf(v)), frac: beta.type.frac }
  return affine(plan, v, { scale }, op.conversion('membrane'))
}

function resetMembrane(
  plan: PlanBuilder,
  op: TypedOp<IntegrateFireAttrs>,
  threshold: RawValues,
  charged: BufferId,
): BufferId {
  const membrane = op.conversion('membrane')
  const elements = plan.sizeOf(charged)
  if (op.attrs.reset === 'zero') return zeros(plan, charged, membrane.to, elements)
  const off = threshold.raw.map(raw => -raw)
  return affine(
    plan,
    charged,
    { bias: { raw: repeated(off, elements), frac: threshold.type.frac } },
    membrane,
  )
}
