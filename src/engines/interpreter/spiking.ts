// Spiking neurons and what is decided from them, one element and one time step after the other.

import type { IntegrateFireAttrs } from '../../ops/integrate-fire/attrs.ts'
import type { SpikeReadoutAttrs } from '../../ops/spike-readout/attrs.ts'
import { converted, rawOfNumber, valueOfRaw } from './conversion.ts'
import { add, compare, type Dyadic, dyadic, multiply, one, subtract, zero } from './dyadic.ts'
import { channel, intoResult, type Operator, roleConversion, trained } from './operator.ts'

/** The steps of a sequence in order: their elements, and whether a window begins and ends with each. */
function stepsOf(op: Operator, window: number) {
  const [steps, ...rest] = op.inputShape as readonly [number, ...number[]]
  const size = rest.reduce((product, extent) => product * extent, 1)
  const own = window === 0 ? steps : window
  return Array.from({ length: steps }, (_, step) => ({
    x: op.x.slice(step * size, (step + 1) * size),
    begins: step % own === 0,
    ends: step % own === own - 1,
  }))
}

export function integrateFire(op: Operator, attrs: IntegrateFireAttrs): readonly bigint[] {
  const membrane = roleConversion(op, 'membrane')
  const [beta, threshold] = [trained(op, 'beta'), trained(op, 'threshold')]
  let before: readonly Dyadic[] = []
  const spikes: Dyadic[] = []
  for (const { x, begins } of stepsOf(op, attrs.window)) {
    before = x.map((charge, k) => {
      const held = begins ? zero : before[k]!
      const kept = attrs.leaky ? converted(multiply(channel(beta, k), held), membrane) : held
      const v = converted(add(kept, converted(charge, membrane)), membrane)
      const fires = compare(v, channel(threshold, k)) >= 0
      spikes.push(fires ? one : zero)
      if (!fires) return v
      return attrs.reset === 'zero' ? zero : converted(subtract(v, channel(threshold, k)), membrane)
    })
  }
  return intoResult(op, spikes)
}

export function spikeReadout(op: Operator, attrs: SpikeReadoutAttrs): readonly bigint[] {
  let sums: readonly Dyadic[] = []
  const decisions: Dyadic[] = []
  for (const { x, begins, ends } of stepsOf(op, attrs.window)) {
    const next = x.map((own, k) => readoutSum(op, attrs, begins ? zero : sums[k]!, own))
    sums = next
    if (attrs.emit === 'all' || ends) decisions.push(decision(attrs, next))
  }
  return intoResult(op, decisions)
}

function readoutSum(op: Operator, attrs: SpikeReadoutAttrs, before: Dyadic, x: Dyadic): Dyadic {
  if (attrs.mode === 'spike') return x.mantissa === 0n ? before : add(before, one)
  const membrane = roleConversion(op, 'membrane')
  const beta = valueOfRaw(rawOfNumber(attrs.beta, membrane), membrane.to)
  return converted(add(converted(multiply(beta, before), membrane), converted(x, membrane)), membrane)
}

function decision({ rule, classThreshold }: SpikeReadoutAttrs, sums: readonly Dyadic[]): Dyadic {
  if (rule === 'binary_logit') return subtract(sums[1]!, sums[0]!)
  if (rule === 'first_to_threshold' || rule === 'threshold_then_argmax') {
    const reached = sums.findIndex(sum => compare(sum, dyadic(BigInt(classThreshold))) >= 0)
    if (reached >= 0) return dyadic(BigInt(reached))
  }
  const isGreatest = (sum: Dyadic) => sums.every(other => compare(sum, other) >= 0)
  return dyadic(BigInt(sums.findIndex(isGreatest)))
}
