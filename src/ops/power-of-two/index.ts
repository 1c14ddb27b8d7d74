// Powers of two: quantized_po2 and quantized_relu_po2 as activations. `steps.ts` has what they compute, as comparisons.

import { bug } from '../../diagnostics/diagnostic.ts'
import { intervalOfRaws, typeOf } from '../../fixed/interval.ts'
import type { Plan } from '../../fixed/kernels.ts'
import { conversion } from '../../fixed/types.ts'
import type { HlsBody } from '../../hls/call.ts'
import { unionType } from '../../ir/tensor-type.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import type { Net } from '../../netlist/netlist.ts'
import type { OpDefinition, OpExample, Refusal, TypedOp } from '../definition.ts'
import {
  autoIsDefault,
  bufferOf,
  conversionEstimate,
  elementwiseRtl,
  resultConversions,
  resultRole,
  sameShape,
} from '../elementwise.ts'
import { elementwiseHls, tableArgument } from '../hls-answer.ts'
import { lowerSteps } from '../step-tree.ts'
import { levelRaw, levelType, type PowerOfTwoAttrs, type Steps, stepsOf } from './steps.ts'

export type { PowerOfTwoAttrs } from './steps.ts'

export const powerOfTwo: OpDefinition<'power-of-two', PowerOfTwoAttrs> = {
  kind: 'power-of-two',
  summary: 'the nearest power of two, with or without sign (quantized_po2, quantized_relu_po2)',
  roles: { result: resultRole },
  choices: [],
  inferShape: sameShape,
  inferAuto: autoIsDefault,
  inferLossless: ({ attrs, inputs }) => ({
    result: conversion(levelType(stepsOf(attrs, unionType(inputs[0]!)).levels)),
  }),
  evaluate: (op, inputs) => inputs[0]!.map(x => meaning(op.attrs, x)),
  emulate,
  hls: stepsHls,
  rtl: op => {
    const steps = stepsOf(op.attrs, unionType(op.inputs[0]!))
    const { frac } = unionType(op.inputs[0]!)
    return elementwiseRtl(op, (builder, x) => chosen(builder, x, steps, frac))
  },
  estimate: conversionEstimate,
  findings: () => [],
  examples: examples(),
}

function meaning(attrs: PowerOfTwoAttrs, x: number): number {
  if (x >= 0) return 2 ** exponentOf(attrs, x)
  return attrs.negative === null ? 2 ** attrs.zero : -(2 ** exponentOf(attrs, -x * 2 ** attrs.negative))
}

function exponentOf({ zero, lowest, highest, squares, down }: PowerOfTwoAttrs, size: number): number {
  if (size < Math.fround(1e-7)) return zero
  const nearest = squares ? evenExponent(size, down) : exponent(size, down)
  return Math.min(Math.max(nearest, lowest), highest)
}

/** round(log2 x) or its whole part; whether x ≥ √2 · 2^e is asked of squares, exact for 26 bits. */
function exponent(x: number, down: boolean): number {
  const below = floorLog2(x)
  const mantissa = x / 2 ** below
  return !down && mantissa * mantissa >= 2 ? below + 1 : below
}

/** Twice that of √x, downward where x is twice a power of four. */
function evenExponent(x: number, down: boolean): number {
  const below = 2 * Math.floor(floorLog2(x) / 2)
  return !down && x > 2 * 2 ** below ? below + 2 : below
}

function floorLog2(x: number): number {
  const guess = Math.floor(Math.log2(x))
  if (2 ** guess > x) return guess - 1
  return 2 ** (guess + 1) <= x ? guess + 1 : guess
}

function emulate(op: TypedOp<PowerOfTwoAttrs>): Plan {
  const source = bufferOf(op.inputs[0]!)
  const types = source.types.length === 1 ? source.types : bug(`${op.name} reads elements of several types`)
  const { thresholds, levels } = stepsOf(op.attrs, types[0]!)
  const level = levelType(levels)
  return {
    buffers: [source, { size: source.size, types: [level] }, bufferOf(op.output)],
    inputs: [0],
    output: 2,
    steps: [
      {
        kernel: 'threshold',
        from: 0,
        into: 1,
        thresholds: Array.from({ length: source.size }, () => thresholds),
        values: levels.map(own => levelRaw(own, level.frac)),
      },
      { kernel: 'convert', from: 1, into: 2, conversions: resultConversions(op) },
    ],
  }
}

function chosen(b: NetlistBuilder, x: Net, { thresholds, levels }: Steps, frac: number): Net {
  const nets = levels.map(({ exponent, isNegative }) => b.constant(isNegative ? -1n : 1n, -exponent))
  return lowerSteps(b, x, { thresholds, levels: nets, frac })
}

/** One table of the levels and, behind them, of the thresholds. */
function stepsHls(op: TypedOp<PowerOfTwoAttrs>): HlsBody | Refusal {
  const input = unionType(op.inputs[0]!)
  const { thresholds, levels } = stepsOf(op.attrs, input)
  const level = levelType(levels)
  const frac = Math.max(level.frac, input.frac)
  const values = [
    ...levels.map(own => levelRaw(own, frac)),
    ...thresholds.map(own => own << BigInt(frac - input.frac)),
  ]
  // Signed, even where no level is: −1 is among what it holds.
  const entry = typeOf(intervalOfRaws([-1n, ...values], frac))
  const table = tableArgument('steps', conversion(entry), values)
  return elementwiseHls(op, 'step_lookup', { n_steps: thresholds.length }, [table], {
    exact: () => entry,
  })
}

function examples(): OpExample<PowerOfTwoAttrs>[] {
  const plain: PowerOfTwoAttrs = {
    zero: -4,
    lowest: -4,
    highest: 3,
    squares: false,
    down: false,
    negative: null,
  }
  const type = { signed: true, width: 9, frac: 5 }
  const exact = conversion({ signed: false, width: 8, frac: 4 })
  const inputs = [{ shape: [6], type }]
  return [
    { title: 'of a relu', attrs: plain, inputs, weights: {}, conversions: { result: exact }, floatBound: 0 },
    {
      title: 'with signs',
      attrs: { ...plain, negative: 0 },
      inputs,
      weights: {},
      conversions: { result: conversion({ signed: true, width: 9, frac: 4 }) },
      floatBound: 0,
    },
    {
      title: 'of a relu that leaks, wrapping and rounded',
      attrs: { ...plain, negative: -2 },
      inputs,
      weights: {},
      conversions: { result: conversion({ signed: true, width: 5, frac: 3 }, 'RND_CONV', 'WRAP') },
    },
    {
      title: 'squares of powers, saturating',
      attrs: { zero: -4, lowest: -8, highest: 4, squares: true, down: false, negative: 0 },
      inputs: [{ shape: [4], type: { signed: true, width: 12, frac: 9 } }],
      weights: {},
      conversions: { result: conversion({ signed: true, width: 7, frac: 4 }, 'RND', 'SAT_SYM') },
    },
    {
      title: 'down to a power of two',
      attrs: { ...plain, down: true },
      inputs,
      weights: {},
      conversions: { result: exact },
      floatBound: 0,
    },
    {
      title: 'sizes that count as 0',
      attrs: { zero: -30, lowest: -30, highest: -20, squares: false, down: false, negative: null },
      inputs: [{ shape: [4], type: { signed: false, width: 9, frac: 28 } }],
      weights: {},
      conversions: { result: conversion({ signed: false, width: 11, frac: 30 }) },
      floatBound: 0,
    },
    {
      title: 'an input that reaches one level',
      attrs: plain,
      inputs: [{ shape: [3], type: { signed: true, width: 3, frac: 8 } }],
      weights: {},
      conversions: { result: exact },
      floatBound: 0,
    },
  ]
}
