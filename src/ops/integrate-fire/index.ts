// Integrate-and-fire neurons over a sequence [steps, …]: v = beta · v + x; a spike, 1, where v reaches the threshold,
// which then resets v (hls4ml nnet_snn: LIFNeuron, and IFNeuron without the leak).

import { bug } from '../../diagnostics/diagnostic.ts'
import { conversion, type FixedType, maxRaw, minRaw } from '../../fixed/types.ts'
import { sizeOf, unionType } from '../../ir/tensor-type.ts'
import {
  type FloatOp,
  type OpDefinition,
  type PrecisionRequest,
  type RawValues,
  type RoleConversions,
  refuse,
} from '../definition.ts'
import { resultRole } from '../elementwise.ts'
import { windowsOf } from '../time-loop.ts'
import type { IntegrateFireAttrs } from './attrs.ts'
import { integrateFireExamples } from './examples.ts'
import { integrateFireHls } from './hls.ts'
import { emulate } from './plan.ts'

export const integrateFire: OpDefinition<'integrate-fire', IntegrateFireAttrs> = {
  kind: 'integrate-fire',
  summary: 'spiking neurons over time steps: v = beta · v + x, 1 where v reaches its threshold',
  roles: {
    result: resultRole,
    membrane: { summary: 'type of membranes', readFrom: 'precision' },
    beta: { summary: 'type of the leaks', readFrom: 'precision' },
    threshold: { summary: 'type of the thresholds', readFrom: 'precision' },
  },
  choices: [],
  inferShape: (attrs, inputs, name) => {
    windowsOf(attrs, inputs[0] ?? [], name)
    return inputs[0]!
  },
  inferAuto: ({ modelDefault }) => ({
    result: modelDefault,
    membrane: modelDefault,
    beta: modelDefault,
    threshold: modelDefault,
  }),
  inferLossless,
  evaluate,
  emulate,
  hls: integrateFireHls,
  rtl: () => refuse('rtl/spiking', 'spiking neurons have no Verilog form yet'),
  estimate: op => {
    const { steps } = windowsOf(op.attrs, op.inputs[0]!.shape, op.name)
    const neurons = sizeOf(op.inputs[0]!.shape.slice(1))
    const { width } = op.conversion('membrane').to
    // A sum, a comparison and a reset; a leak is a product by a constant.
    const lut = neurons * width * (op.attrs.leaky ? 6 : 3)
    return { lut, ff: neurons * (width + 1), dsp: 0, bram18: 0, latency: steps, interval: steps }
  },
  findings: () => [],
  examples: integrateFireExamples,
}

function evaluate(op: FloatOp<IntegrateFireAttrs>, inputs: readonly Float64Array[]): Float64Array {
  const { leaky, reset } = op.attrs
  const { steps, size } = windowsOf(op.attrs, op.inputs[0]!, op.name)
  const values = (role: string) => op.weight(role)?.data ?? bug(`${op.name} lacks a ${role}`)
  const [betas, thresholds] = [leaky ? values('beta') : Float64Array.of(1), values('threshold')]
  const membrane = new Float64Array(size)
  return inputs[0]!.map((x, k) => {
    const neuron = k % size
    if (Math.floor(k / size) % steps === 0) membrane[neuron] = 0
    const v = betas[neuron % betas.length]! * membrane[neuron]! + x
    const threshold = thresholds[neuron % thresholds.length]!
    const spikes = v >= threshold
    membrane[neuron] = !spikes ? v : reset === 'subtract' ? v - threshold : 0
    return spikes ? 1 : 0
  })
}

/** Fraction bits of a leaking membrane beyond the input's: every step would add those of beta. */
const leakFrac = 8

/** Spikes are a bit. A membrane without a leak is exact; one with it rounds, and saturates where sums diverge. */
function inferLossless(request: PrecisionRequest<IntegrateFireAttrs>): RoleConversions {
  const { leaky } = request.attrs
  const { steps } = windowsOf(request.attrs, request.shape, request.name)
  const threshold = request.rawWeight('threshold') ?? bug(`${request.name} lacks a threshold`)
  const x = unionType(request.inputs[0]!)
  const frac = Math.max(x.frac, threshold.type.frac) + (leaky ? leakFrac : 0)
  const most = steps * largest([minRaw(x), maxRaw(x)], x.frac) + steps * largestOf(threshold)
  const integer = Math.ceil(Math.log2(most + 1)) + 1
  const type: FixedType = { signed: true, width: Math.max(1, integer + frac), frac }
  return {
    result: conversion({ signed: false, width: 1, frac: 0 }),
    membrane: leaky ? conversion(type, 'RND', 'SAT') : conversion(type),
    beta: conversion(request.rawWeight('beta')?.type ?? { signed: false, width: 1, frac: 0 }),
    threshold: conversion(threshold.type),
  }
}

function largestOf({ raw, type }: RawValues): number {
  return largest(raw, type.frac)
}

function largest(raw: readonly bigint[], frac: number): number {
  return Math.max(...raw.map(value => Math.abs(Number(value)))) * 2 ** -frac
}
