// Piecewise linear sigmoid and tanh: s = clip(slope · x + shift, 0, 1); hard_tanh = 2s − 1.

import { quantiseNumber } from '../../fixed/convert.ts'
import type { Plan } from '../../fixed/kernels.ts'
import { conversion, type FixedType } from '../../fixed/types.ts'
import { typeAt, unionType } from '../../ir/tensor-type.ts'
import type { OpDefinition, PrecisionRequest, RoleConversions, TypedOp } from '../definition.ts'
import {
  bufferOf,
  conversionEstimate,
  elementwiseRtl,
  resultConversions,
  resultRole,
  sameShape,
} from '../elementwise.ts'
import { elementwiseHls, inputsUnion } from '../hls-answer.ts'

export interface HardActivationAttrs {
  readonly function: 'hard_sigmoid' | 'hard_tanh'
  readonly slope: number
  readonly shift: number
}

export const hardActivation: OpDefinition<'hard-activation', HardActivationAttrs> = {
  kind: 'hard-activation',
  summary: 'hard sigmoid and hard tanh: a clipped line',
  roles: {
    result: resultRole,
    slope: {
      summary: 'type of the slope',
      readFrom: 'key',
      default: conversion({ signed: false, width: 16, frac: 16 }),
    },
    shift: {
      summary: 'type of the shift',
      readFrom: 'key',
      default: conversion({ signed: false, width: 2, frac: 2 }),
    },
  },
  choices: [],
  inferShape: sameShape,
  inferAuto: request => ({ result: request.modelDefault }),
  inferLossless: lossless,
  evaluate: (op, inputs) => inputs[0]!.map(x => meaning(op.attrs, x)),
  emulate,
  hls: op => {
    const { slope, shift } = constants(op)
    const config = {
      slope: { constant: slope.raw, of: op.conversion('slope') },
      shift: { constant: shift.raw, of: op.conversion('shift') },
    }
    const exact = () => lineType(inputsUnion(op), op.conversion('slope').to, op.conversion('shift').to)
    return elementwiseHls(op, op.attrs.function, config, [], { exact })
  },
  rtl: op => {
    const { slope, shift } = constants(op)
    return elementwiseRtl(op, (builder, x) => {
      const line = builder.add(
        builder.mul(x, builder.constant(slope.raw, slope.frac)),
        builder.constant(shift.raw, shift.frac),
      )
      const clipped = builder.min(builder.max(line, builder.constant(0n, 0)), builder.constant(1n, 0))
      return op.attrs.function === 'hard_tanh'
        ? builder.sub(builder.scale(clipped, 1), builder.constant(1n, 0))
        : clipped
    })
  },
  estimate: conversionEstimate,
  findings: () => [],
  examples: (['hard_sigmoid', 'hard_tanh'] as const).map(name => ({
    title: name,
    attrs: { function: name, slope: 0.5, shift: 0.5 },
    inputs: [{ shape: [4], type: { signed: true, width: 8, frac: 4 } }],
    weights: {},
    conversions: {
      slope: conversion({ signed: false, width: 2, frac: 2 }),
      shift: conversion({ signed: false, width: 2, frac: 2 }),
      result: conversion({ signed: true, width: 6, frac: 5 }, 'RND_CONV', 'SAT'),
    },
  })),
}

function meaning(attrs: HardActivationAttrs, x: number): number {
  const clipped = Math.min(Math.max(attrs.slope * x + attrs.shift, 0), 1)
  return attrs.function === 'hard_tanh' ? 2 * clipped - 1 : clipped
}

function constants(op: TypedOp<HardActivationAttrs>) {
  const slope = op.conversion('slope')
  const shift = op.conversion('shift')
  return {
    slope: { raw: quantiseNumber(op.attrs.slope, slope), frac: slope.to.frac },
    shift: { raw: quantiseNumber(op.attrs.shift, shift), frac: shift.to.frac },
  }
}

/** Wide enough for slope · x + shift, for 0 and for 1. */
function lineType(x: FixedType, slope: FixedType, shift: FixedType): FixedType {
  const integer = (type: FixedType) => type.width - type.frac
  const frac = Math.max(x.frac + slope.frac, shift.frac, 0)
  return { signed: true, width: Math.max(integer(x) + integer(slope), integer(shift), 1) + frac + 3, frac }
}

function emulate(op: TypedOp<HardActivationAttrs>): Plan {
  const source = bufferOf(op.inputs[0]!)
  const { slope, shift } = constants(op)
  const line = lineType(typeAt(op.inputs[0]!, 0), op.conversion('slope').to, op.conversion('shift').to)
  const one = 1n << BigInt(line.frac)
  const tanh = op.attrs.function === 'hard_tanh'
  return {
    buffers: [
      source,
      { size: source.size, types: [line] },
      { size: source.size, types: [line] },
      bufferOf(op.output),
    ],
    inputs: [0],
    output: 3,
    steps: [
      {
        kernel: 'affine',
        from: 0,
        into: 1,
        scale: [slope.raw],
        scaleFrac: slope.frac,
        bias: [shift.raw],
        biasFrac: shift.frac,
        conversions: [conversion(line)],
      },
      { kernel: 'clamp', from: 1, into: 2, min: 0n, max: one, conversions: [conversion(line)] },
      {
        kernel: 'affine',
        from: 2,
        into: 3,
        scale: [tanh ? 2n : 1n],
        scaleFrac: 0,
        bias: [tanh ? -1n : 0n],
        biasFrac: 0,
        conversions: resultConversions(op),
      },
    ],
  }
}

function lossless(request: PrecisionRequest<HardActivationAttrs>): RoleConversions {
  const x = unionType(request.inputs[0]!)
  const slope = conversion({ signed: false, width: 16, frac: 16 })
  const shift = conversion({ signed: false, width: 2, frac: 2 })
  const frac = Math.max(x.frac + slope.to.frac, shift.to.frac)
  return {
    slope,
    shift,
    result: conversion({ signed: request.attrs.function === 'hard_tanh', width: frac + 2, frac }),
  }
}
