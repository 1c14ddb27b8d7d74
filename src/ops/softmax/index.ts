// Softmax: probabilities by tables of e^x and 1/x, in hls4ml's four ways.

import { fail } from '../../diagnostics/diagnostic.ts'
import { quantiseNumber } from '../../fixed/convert.ts'
import { expFloat32 } from '../../fixed/transcendental.ts'
import { type Conversion, conversion } from '../../fixed/types.ts'
import { sizeOf, typeAt } from '../../ir/tensor-type.ts'
import type { OpDefinition, OpEstimate, OpFinding, RoleDefinition, TypedOp } from '../definition.ts'
import { resultRole } from '../elementwise.ts'
import { hlsTables } from '../hls-cost.ts'
import { reuseFactorChoice } from '../strategy.ts'
import { tableSizeChoice } from '../table-size.ts'
import { implementationOf, type SoftmaxAttrs, tableSizes } from './attrs.ts'
import { emulateSoftmax } from './fixed.ts'
import { evaluateSoftmax } from './float.ts'
import { softmaxHls } from './hls.ts'
import { softmaxRtl } from './rtl.ts'
import { inferSoftmaxAuto, inferSoftmaxLossless } from './type.ts'

export type { SoftmaxAttrs } from './attrs.ts'

const tableDefault: Conversion = conversion({ signed: true, width: 18, frac: 10 }, 'RND', 'SAT')

function tableRole(summary: string, byDefault: Conversion = tableDefault): RoleDefinition {
  return { summary, readFrom: 'key', default: byDefault }
}

export const softmax: OpDefinition<'softmax', SoftmaxAttrs> = {
  kind: 'softmax',
  summary: 'softmax over the last axis, by tables',
  roles: {
    result: resultRole,
    accum: { summary: 'type of the sum of exponentials', readFrom: 'precision' },
    exp_table: tableRole('type of the exponentials'),
    inv_table: tableRole('type of the inverses'),
    inv_inp: tableRole('type that addresses the inverses'),
    inp_norm: { summary: 'type of the differences from the maximum', readFrom: 'key', default: 'auto' },
    table: tableRole(
      'type of both tables of the legacy implementation',
      conversion({ signed: true, width: 18, frac: 10 }),
    ),
  },
  choices: [
    reuseFactorChoice,
    tableSizeChoice,
    {
      key: 'Implementation',
      summary: 'which softmax',
      default: 'stable',
      check: { kind: 'word', words: ['stable', 'latency', 'legacy', 'argmax'] },
    },
    {
      key: 'Skip',
      summary: 'leave out the softmax when it is the last layer',
      default: false,
      check: { kind: 'boolean' },
    },
    {
      key: 'Strategy',
      summary: 'read by nothing',
      default: 'Latency',
      check: {
        kind: 'word',
        words: [
          'stable',
          'latency',
          'legacy',
          'argmax',
          'Resource',
          'Resource_Unrolled',
          'Unrolled',
          'Distributed_Arithmetic',
          'DA',
        ],
      },
      noEffect: "hls4ml reads 'Implementation' for a softmax, not 'Strategy'",
    },
  ],
  inferShape: (attrs, inputs, name) => {
    const shape = inputs[0] ?? []
    const last = attrs.axis === -1 || attrs.axis === shape.length
    if (shape.length >= (attrs.causal ? 2 : 1) && last) return shape
    return fail({
      code: 'graph/softmax-rank',
      place: `layer '${name}'`,
      problem: `softmax over axis ${attrs.axis} of shape [${shape.join(', ')}]${attrs.causal ? ', row by row' : ''}`,
      expected: attrs.causal ? 'the last of two axes or more' : 'the last axis',
    })
  },
  inferAuto: inferSoftmaxAuto,
  inferLossless: inferSoftmaxLossless,
  evaluate: evaluateSoftmax,
  emulate: emulateSoftmax,
  hls: softmaxHls,
  rtl: softmaxRtl,
  estimate: estimateSoftmax,
  findings: degenerate,
  examples: [
    {
      title: 'stable',
      attrs: { axis: -1 },
      inputs: [{ shape: [3], type: { signed: true, width: 10, frac: 5 } }],
      weights: {},
      choices: { Implementation: 'stable', TableSize: 64 },
      conversions: tableConversions(),
    },
    ...(['latency', 'legacy', 'argmax'] as const).map(name => ({
      title: name,
      attrs: { axis: -1 },
      inputs: [{ shape: [3], type: { signed: true, width: 10, frac: 5 } }],
      weights: {},
      choices: { Implementation: name, TableSize: 64 },
      conversions: tableConversions(),
    })),
    ...(['stable', 'latency', 'legacy', 'argmax'] as const).map(name => ({
      title: `${name} of five, narrow types that wrap`,
      attrs: { axis: -1 },
      inputs: [{ shape: [5], type: { signed: true, width: 8, frac: 4 } }],
      weights: {},
      choices: { Implementation: name, TableSize: 512 },
      conversions: {
        result: conversion({ signed: true, width: 8, frac: 6 }),
        accum: conversion({ signed: true, width: 9, frac: 5 }),
        exp_table: conversion({ signed: true, width: 9, frac: 5 }),
        inv_table: conversion({ signed: true, width: 9, frac: 7 }, 'RND', 'SAT'),
        inv_inp: conversion({ signed: true, width: 8, frac: 3 }),
        inp_norm: conversion({ signed: false, width: 6, frac: 3 }),
        table: conversion({ signed: true, width: 9, frac: 5 }, 'RND', 'SAT'),
      },
    })),
    ...(['stable', 'latency', 'legacy', 'argmax'] as const).map(name => ({
      title: `${name}, two rows`,
      attrs: { axis: -1 },
      inputs: [{ shape: [2, 3], type: { signed: true, width: 10, frac: 5 } }],
      weights: {},
      choices: { Implementation: name, TableSize: 64 },
      conversions: tableConversions(),
    })),
    ...(['stable', 'latency'] as const).map(name => ({
      title: `${name}, scaled, with something added to the sum`,
      attrs: { axis: -1, scale: 0.3, epsilon: 0.01 },
      inputs: [{ shape: [2, 3], type: { signed: true, width: 7, frac: 4 } }],
      weights: {},
      choices: { Implementation: name, TableSize: 1024 },
      conversions: {
        ...tableConversions(),
        inp_norm: conversion({ signed: true, width: 8, frac: 3 }, 'RND', 'SAT'),
      },
    })),
    ...(['stable', 'latency', 'legacy', 'argmax'] as const).map(name => ({
      title: `${name}, each row one element more`,
      attrs: { axis: -1, causal: true as const },
      inputs: [{ shape: [2, 4, 3], type: { signed: true, width: 10, frac: 5 } }],
      weights: {},
      choices: { Implementation: name, TableSize: 64 },
      conversions: tableConversions(),
    })),
    {
      title: 'all of a matrix',
      attrs: { axis: -1, over: 'tensor' },
      inputs: [{ shape: [2, 3], type: { signed: true, width: 10, frac: 5 } }],
      weights: {},
      choices: { TableSize: 64 },
      conversions: tableConversions(),
    },
    {
      title: 'latency, unsigned inputs coarser than the table',
      attrs: { axis: -1 },
      inputs: [{ shape: [3], type: { signed: false, width: 3, frac: 1 } }],
      weights: {},
      choices: { Implementation: 'latency', TableSize: 1024 },
      conversions: tableConversions(),
    },
  ],
}

/** The jet tagger's latency softmax of 5 reports 4 block RAMs, 5 DSP blocks, 78 LUTs and 93 flip-flops, 2 cycles. */
function estimateSoftmax(op: TypedOp<SoftmaxAttrs>): OpEstimate {
  const count = sizeOf(op.output.shape)
  const width = typeAt(op.inputs[0]!, 0).width
  const tables = (words: number, role: string, lookups: number) =>
    hlsTables(words, op.conversion(role).to.width, lookups)
  const logic = { lut: count * width, ff: count * (width + 3), interval: 1 }
  switch (implementationOf(op)) {
    case 'stable':
    case 'latency': {
      const sizes = tableSizes(op)
      const stable = implementationOf(op) === 'stable'
      return {
        ...logic,
        dsp: count,
        bram18: tables(sizes.exp, 'exp_table', count) + tables(sizes.inverse, 'inv_table', 1),
        latency: stable ? 4 : 2,
      }
    }
    case 'legacy': {
      const words = Number(op.choices.TableSize)
      const bram18 = tables(words, 'table', count * count)
      return { ...logic, lut: logic.lut * count, dsp: 0, bram18, latency: 3 }
    }
    case 'argmax':
      return { ...logic, dsp: 0, bram18: 0, latency: 1 }
  }
}

function tableConversions() {
  return {
    result: conversion({ signed: false, width: 8, frac: 8 }, 'RND', 'SAT'),
    accum: tableDefault,
    exp_table: tableDefault,
    inv_table: tableDefault,
    inv_inp: tableDefault,
    inp_norm: conversion({ signed: false, width: 9, frac: 5 }),
    table: conversion({ signed: true, width: 18, frac: 10 }),
  }
}

/** A step of the exponential's index so coarse that its neighbours are e^0 = 1 and (nearly) nothing. */
function degenerate(op: TypedOp<SoftmaxAttrs>): readonly OpFinding[] {
  const implementation = implementationOf(op)
  if (implementation !== 'stable' && implementation !== 'latency') return []
  const index = implementation === 'stable' ? op.conversion('inp_norm').to : typeAt(op.inputs[0]!, 0)
  const dropped = index.width - Math.log2(tableSizes(op).exp)
  const step = 2 ** (dropped - index.frac)
  if (step < 1) return []
  const entry = op.conversion('exp_table')
  const isOneHot = quantiseNumber(expFloat32(-step), entry) === 0n
  const address = `its exponential table is addressed by the top ${Math.log2(tableSizes(op).exp)} bits of a ${index.width}-bit type, so one step is ${step}`
  const asked = typeAt(op.inputs[0]!, 0)
  return [
    {
      code: isOneHot ? 'softmax/one-hot' : 'softmax/coarse-table',
      problem: isOneHot
        ? `${address} and e^−${step} is 0 in its table's type: it can only give 1 and 0, or equal shares where inputs differ by less`
        : `${address} and e^−${step} = ${Math.exp(-step).toExponential(1).replace('-', '−')}: probabilities are lost`,
      remedy:
        `Its input has ${asked.width} bits, ${asked.width - asked.frac} of them integer; set Precision.result of ${op.inputNames[0]} ` +
        'to e.g. fixed<16,6>, so that the table sees the bits that matter.',
    },
  ]
}
