// Decides between classes over a sequence [steps, classes] of spikes, or of inputs that it sums in membranes of its own
// (hls4ml nnet_snn: SNNReadout). Gives the class as a number, or for two classes by how much the second leads.

import { fail } from '../../diagnostics/diagnostic.ts'
import { conversion, type FixedType, maxRaw, minRaw } from '../../fixed/types.ts'
import { type Shape, unionType } from '../../ir/tensor-type.ts'
import {
  type FloatOp,
  type OpDefinition,
  type PrecisionRequest,
  type RoleConversions,
  refuse,
} from '../definition.ts'
import { resultRole } from '../elementwise.ts'
import { windowsOf } from '../time-loop.ts'
import { type SpikeReadoutAttrs, spikeRules } from './attrs.ts'
import { spikeReadoutExamples } from './examples.ts'
import { spikeReadoutHls } from './hls.ts'
import { emulate } from './plan.ts'

export const spikeReadout: OpDefinition<'spike-readout', SpikeReadoutAttrs> = {
  kind: 'spike-readout',
  summary: 'decision between classes by spikes counted, or inputs summed, over time steps',
  roles: {
    result: resultRole,
    membrane: { summary: 'type of membranes', readFrom: 'precision' },
  },
  choices: [],
  inferShape,
  inferAuto: ({ modelDefault }) => ({ result: modelDefault, membrane: modelDefault }),
  inferLossless,
  evaluate,
  emulate,
  hls: spikeReadoutHls,
  rtl: () => refuse('rtl/spiking', 'decisions over time have no Verilog form yet'),
  estimate: op => {
    const { steps, size } = windowsOf(op.attrs, op.inputs[0]!.shape, op.name)
    const sum =
      op.attrs.mode === 'membrane' ? op.conversion('membrane').to.width : Math.ceil(Math.log2(steps + 1))
    return { lut: size * sum * 4, ff: size * sum, dsp: 0, bram18: 0, latency: steps, interval: steps }
  },
  findings: () => [],
  examples: spikeReadoutExamples,
}

function inferShape(attrs: SpikeReadoutAttrs, inputs: readonly Shape[], name: string): Shape {
  const { windows, size } = windowsOf(attrs, inputs[0] ?? [], name)
  const [steps] = inputs[0]!
  if (attrs.rule === 'binary_logit' && size !== 2) failRule(name, attrs, `of ${size} classes`, 'two classes')
  const fits = attrs.mode === 'spike' ? attrs.rule !== 'argmax_membrane' : !isSpikeRule(attrs)
  if (!fits) {
    const others =
      attrs.mode === 'spike' ? [...spikeRules, 'binary_logit'] : ['argmax_membrane', 'binary_logit']
    failRule(name, attrs, `over ${attrs.mode}s`, `one of ${others.join(', ')}`)
  }
  return [attrs.emit === 'all' ? steps! : windows, 1]
}

function isSpikeRule({ rule }: SpikeReadoutAttrs): boolean {
  return spikeRules.some(own => own === rule)
}

function failRule(name: string, { rule }: SpikeReadoutAttrs, of: string, expected: string): never {
  return fail({
    code: 'graph/readout-rule',
    place: `layer '${name}'`,
    problem: `its rule is ${rule} ${of}`,
    expected,
  })
}

function evaluate(op: FloatOp<SpikeReadoutAttrs>, inputs: readonly Float64Array[]): Float64Array {
  const { attrs } = op
  const { windows, steps, size } = windowsOf(attrs, op.inputs[0]!, op.name)
  const decisions: number[] = []
  const sums = new Float64Array(size)
  for (let step = 0; step < windows * steps; step++) {
    if (step % steps === 0) sums.fill(0)
    for (let k = 0; k < size; k++) {
      const x = inputs[0]![step * size + k]!
      sums[k] = attrs.mode === 'spike' ? sums[k]! + (x !== 0 ? 1 : 0) : attrs.beta * sums[k]! + x
    }
    if (attrs.emit === 'all' || (step + 1) % steps === 0) decisions.push(decision(attrs, sums))
  }
  return Float64Array.from(decisions)
}

function decision({ rule, classThreshold }: SpikeReadoutAttrs, sums: Float64Array): number {
  if (rule === 'binary_logit') return sums[1]! - sums[0]!
  const decided = sums.findIndex(sum => sum >= classThreshold)
  if ((rule === 'first_to_threshold' || rule === 'threshold_then_argmax') && decided >= 0) return decided
  return sums.indexOf(Math.max(...sums))
}

/** Fraction bits of a leaking membrane beyond the input's: every step would add those of beta. */
const leakFrac = 8

function inferLossless(request: PrecisionRequest<SpikeReadoutAttrs>): RoleConversions {
  const { attrs } = request
  const { steps, size } = windowsOf(attrs, request.inputs[0]!.shape, request.name)
  const x = unionType(request.inputs[0]!)
  const isExact = attrs.beta === 1
  // Room for beta itself, which the kernel holds in the membranes' type.
  const frac = Math.max(0, x.frac) + (isExact ? 0 : leakFrac)
  const most = steps * Math.max(-Number(minRaw(x)), Number(maxRaw(x))) * 2 ** -x.frac
  const integer = Math.ceil(Math.log2(Math.max(most, attrs.beta, 1) + 1)) + 1
  const membrane: FixedType = { signed: true, width: Math.max(2, integer + frac), frac }
  return {
    membrane: isExact ? conversion(membrane) : conversion(membrane, 'RND', 'SAT'),
    result: conversion(resultType(attrs, membrane, steps, size)),
  }
}

function resultType(
  { rule, mode }: SpikeReadoutAttrs,
  membrane: FixedType,
  steps: number,
  size: number,
): FixedType {
  if (rule !== 'binary_logit') return { signed: false, width: Math.ceil(Math.log2(size)), frac: 0 }
  if (mode === 'membrane') return { ...membrane, width: membrane.width + 1 }
  return { signed: true, width: Math.ceil(Math.log2(steps + 1)) + 1, frac: 0 }
}
