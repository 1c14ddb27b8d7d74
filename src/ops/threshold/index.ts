// Batch normalisation followed by a binary or ternary tanh, as comparisons with one or two thresholds per element.
// Binary results are XNOR-coded: 1 for +1, 0 for −1.

import { bug } from '../../diagnostics/diagnostic.ts'
import { convertRaw } from '../../fixed/convert.ts'
import type { Plan } from '../../fixed/kernels.ts'
import { conversion, type FixedType } from '../../fixed/types.ts'
import type { HlsBody } from '../../hls/call.ts'
import { sizeOf, typeAt } from '../../ir/tensor-type.ts'
import { intervalWidth } from '../../netlist/netlist.ts'
import type { OpDefinition, RawValues, Refusal, TypedOp } from '../definition.ts'
import {
  conversionEstimate,
  elementwiseRtl,
  onePlan,
  resultConversions,
  resultRole,
  sameShape,
} from '../elementwise.ts'
import { hlsAnswer, inputArgument, missingLevels, outputArgument, weightsArgument } from '../hls-answer.ts'

export interface ThresholdAttrs {
  /** 2: x ≥ threshold gives 1, else 0. 3: x > threshold_hi gives 1, x > threshold_lo gives 0, else −1. */
  readonly levels: 2 | 3
}

export const threshold: OpDefinition<'threshold', ThresholdAttrs> = {
  kind: 'threshold',
  summary: 'batch normalisation with binary or ternary tanh, as thresholds',
  roles: {
    result: resultRole,
    threshold: { summary: 'type of the thresholds', readFrom: 'precision' },
    threshold_hi: { summary: 'type of the upper thresholds', readFrom: 'precision' },
    threshold_lo: { summary: 'type of the lower thresholds', readFrom: 'precision' },
  },
  choices: [],
  inferShape: sameShape,
  inferAuto: request => ({ result: conversion(request.attrs.levels === 2 ? bitType : ternaryType) }),
  inferLossless: request => ({ result: conversion(request.attrs.levels === 2 ? bitType : ternaryType) }),
  evaluate: (op, inputs) => {
    const at = (role: string, k: number) => op.weight(role)?.data[k] ?? bug(`${op.name} lacks ${role}`)
    if (op.attrs.levels === 2) return inputs[0]!.map((x, k) => (x >= at('threshold', k) ? 1 : 0))
    return inputs[0]!.map((x, k) => (x > at('threshold_hi', k) ? 1 : x > at('threshold_lo', k) ? 0 : -1))
  },
  emulate,
  hls: thresholdHls,
  rtl: op => {
    const { type, steps } = thresholdSteps(op)
    return elementwiseRtl(op, (builder, x, k) =>
      steps[k]!.reduce(
        (below, step, level) =>
          builder.mux(
            builder.below(x, step, type.frac),
            below,
            builder.constant(BigInt(level) + lowest(op) + 1n, 0),
          ),
        builder.constant(lowest(op), 0),
      ),
    )
  },
  estimate: conversionEstimate,
  findings: () => [],
  examples: [
    {
      title: 'two levels per element',
      attrs: { levels: 2 },
      inputs: [{ shape: [3], type: { signed: true, width: 6, frac: 2 } }],
      weights: { threshold: { shape: [3], type: { signed: true, width: 6, frac: 2 }, raw: [0n, 5n, -7n] } },
      conversions: { result: conversion({ signed: false, width: 1, frac: 0 }) },
    },
    {
      title: 'three levels per element',
      attrs: { levels: 3 },
      inputs: [{ shape: [2], type: { signed: true, width: 6, frac: 2 } }],
      weights: {
        threshold_hi: { shape: [2], type: { signed: true, width: 6, frac: 2 }, raw: [3n, 8n] },
        threshold_lo: { shape: [2], type: { signed: true, width: 6, frac: 2 }, raw: [-3n, 1n] },
      },
      conversions: { result: conversion({ signed: true, width: 2, frac: 0 }) },
    },
  ],
}

const bitType: FixedType = { signed: false, width: 1, frac: 0 }
const ternaryType: FixedType = { signed: true, width: 2, frac: 0 }

function lowest(op: TypedOp<ThresholdAttrs>): bigint {
  return op.attrs.levels === 2 ? 0n : -1n
}

/**
 * Per element, the raw values of the input at which the result steps up, ascending. A lower threshold above the upper
 * one is never seen: the comparison with the upper comes first.
 */
function thresholdSteps(op: TypedOp<ThresholdAttrs>): { type: FixedType; steps: bigint[][] } {
  const input = typeAt(op.inputs[0]!, 0)
  const values = (role: string): RawValues => op.weight(role) ?? bug(`${op.name} lacks ${role}`)
  const steps =
    op.attrs.levels === 2
      ? values('threshold').raw.map(raw => [reaching(raw, values('threshold').type.frac, input.frac)])
      : values('threshold_hi').raw.map((raw, k) => {
          const high = exceeding(raw, values('threshold_hi').type.frac, input.frac)
          const low = exceeding(values('threshold_lo').raw[k]!, values('threshold_lo').type.frac, input.frac)
          return [low < high ? low : high, high]
        })
  const widest = steps.flat().reduce((width, raw) => Math.max(width, intervalWidth(raw, raw)), 0)
  return { type: { signed: true, width: widest + 2, frac: input.frac }, steps }
}

/** The smallest raw x under `frac` with x ≥ t. */
function reaching(raw: bigint, own: number, frac: number): bigint {
  return frac >= own ? raw << BigInt(frac - own) : -(-raw >> BigInt(own - frac))
}

/** The smallest raw x under `frac` with x > t. */
function exceeding(raw: bigint, own: number, frac: number): bigint {
  return (frac >= own ? raw << BigInt(frac - own) : raw >> BigInt(own - frac)) + 1n
}

function emulate(op: TypedOp<ThresholdAttrs>): Plan {
  const levels = op.attrs.levels === 2 ? [0n, 1n] : [-1n, 0n, 1n]
  const values = levels.map(level => convertRaw(level, 0, resultConversions(op)[0]!))
  return onePlan(op, { kernel: 'threshold', from: 0, into: 1, thresholds: thresholdSteps(op).steps, values })
}

/** Comparisons of the form x ≥ step, so the lower and upper steps stand one raw value above their thresholds. */
function thresholdHls(op: TypedOp<ThresholdAttrs>): HlsBody | Refusal {
  const { type, steps } = thresholdSteps(op)
  const binary = op.attrs.levels === 2
  const stepsAt = (name: string, level: number) =>
    weightsArgument(name, { type, raw: steps.map(own => own[level]!) })
  return (
    missingLevels(op, binary ? [0n, 1n] : [-1n, 0n, 1n]) ??
    hlsAnswer(op, () => ({
      kernel: binary ? 'nnet::batchnorm_binary_tanh' : 'nnet::batchnorm_ternary_tanh',
      header: 'lutra_batchnorm.h',
      config: {
        n_in: sizeOf(op.output.shape),
        n_filt: steps.length,
        ...(binary ? { single_bit: true } : {}),
      },
      arguments: [
        inputArgument,
        outputArgument,
        ...(binary ? [stepsAt('threshold', 0)] : [stepsAt('high', 1), stepsAt('low', 0)]),
      ],
    }))
  )
}
