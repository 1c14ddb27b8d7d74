// Normalisation over the last axis: the mean taken off, divided by the deviation by table, then a trained scale and bias.

import { bug } from '../../diagnostics/diagnostic.ts'
import { quantiseNumber } from '../../fixed/convert.ts'
import { type BufferId, type Plan, scaledIndex } from '../../fixed/kernels.ts'
import { type Conversion, conversion } from '../../fixed/types.ts'
import type { HlsCall } from '../../hls/call.ts'
import { type Shape, sizeOf, unionType } from '../../ir/tensor-type.ts'
import { accumulatedType } from '../auto-type.ts'
import {
  type OpDefinition,
  type PrecisionRequest,
  type RawValues,
  type RoleConversions,
  refuse,
  type TypedOp,
} from '../definition.ts'
import { bufferOf, resultConversions, resultRole, sameShape } from '../elementwise.ts'
import { productType } from '../exact-type.ts'
import { hlsAnswer, inputArgument, outputArgument, tableArgument, weightsArgument } from '../hls-answer.ts'
import { blocksOf, hlsTables } from '../hls-cost.ts'
import { createPlan, type PlanBuilder } from '../plan-builder.ts'
import { affine, arithmetic, converted, lookedUp } from '../plan-steps.ts'

export interface LayerNormAttrs {
  readonly epsilon: number
}

export const layerNorm: OpDefinition<'layer-norm', LayerNormAttrs> = {
  kind: 'layer-norm',
  summary: 'normalisation over the last axis, by a table of 1/√x',
  roles: {
    result: resultRole,
    scale: { summary: 'type of the scales', readFrom: 'precision' },
    bias: { summary: 'type of the biases', readFrom: 'precision' },
    accum: {
      summary: 'type of sums, means and differences',
      readFrom: 'precision',
      default: conversion({ signed: true, width: 14, frac: 10 }, 'RND_CONV', 'SAT'),
    },
    table: {
      summary: 'type of the inverse deviations',
      readFrom: 'key',
      default: conversion({ signed: false, width: 8, frac: 3 }, 'RND_CONV', 'SAT'),
    },
  },
  choices: [
    {
      key: 'TableSize',
      summary: 'entries of the lookup table',
      default: 4096,
      check: { kind: 'integer', min: 2, max: 1 << 24 },
    },
    {
      key: 'TableRangePower2',
      summary: 'the table of inverse deviations covers variances up to 2^−this',
      default: 0,
      check: { kind: 'integer', min: 0, max: 30 },
    },
  ],
  inferShape: sameShape,
  inferAuto,
  inferLossless,
  evaluate: (op, inputs) => {
    const [scale, bias] = ['scale', 'bias'].map(role => op.weight(role) ?? bug(`${op.name} lacks a ${role}`))
    const extent = op.shape.at(-1)!
    return inputs[0]!.map((x, k) => {
      const row = inputs[0]!.subarray(k - (k % extent), k - (k % extent) + extent)
      const mean = row.reduce((a, b) => a + b, 0) / extent
      const variance = row.reduce((sum, own) => sum + (own - mean) ** 2, 0) / extent
      const normal = (x - mean) / Math.sqrt(variance + op.attrs.epsilon)
      return normal * scale!.data[k % extent]! + bias!.data[k % extent]!
    })
  },
  emulate,
  hls: op => hlsAnswer(op, () => kernelCall(op)),
  rtl: () => refuse('rtl/layer-norm', 'layer normalisation has no Verilog form yet'),
  estimate: op => {
    const { width } = op.conversion('accum').to
    const count = sizeOf(op.output.shape)
    const tables = hlsTables(
      Number(op.choices.TableSize),
      op.conversion('table').to.width,
      rowsOf(op.output.shape),
    )
    const dsp = count * (2 * blocksOf(width, width) + 1)
    return { lut: count * width * 4, ff: count * width * 3, dsp, bram18: tables, latency: 12, interval: 1 }
  },
  findings: () => [],
  examples: [
    {
      title: 'two rows of four',
      attrs: { epsilon: 1e-3 },
      inputs: [{ shape: [2, 4], type: { signed: true, width: 8, frac: 6 } }],
      weights: constants(4),
      choices: { TableSize: 512 },
      conversions: {
        accum: conversion({ signed: true, width: 16, frac: 11 }, 'RND_CONV', 'SAT'),
        table: conversion({ signed: false, width: 10, frac: 5 }, 'RND_CONV', 'SAT'),
        result: conversion({ signed: true, width: 12, frac: 6 }, 'RND', 'SAT'),
      },
    },
    {
      title: 'three elements, coarse and wrapping, a table of small variances',
      attrs: { epsilon: 1e-2 },
      inputs: [{ shape: [3], type: { signed: true, width: 7, frac: 4 } }],
      weights: constants(3),
      choices: { TableSize: 50, TableRangePower2: 2 },
      conversions: {
        accum: conversion({ signed: true, width: 9, frac: 5 }),
        table: conversion({ signed: false, width: 7, frac: 3 }),
        result: conversion({ signed: true, width: 8, frac: 4 }),
      },
    },
  ],
}

function constants(extent: number): Record<string, RawValues> {
  const type = { signed: true, width: 6, frac: 4 }
  const make = (factor: number) => ({
    shape: [extent],
    type,
    raw: Array.from({ length: extent }, (_, k) => BigInt(((k * 7 + 3) * factor) % 31) - 10n),
  })
  return { scale: make(3), bias: make(5) }
}

/** hls4ml infer_precision, `_infer_bn_precision`: as if the input itself were scaled. */
function inferAuto(request: PrecisionRequest<LayerNormAttrs>): RoleConversions {
  const asked = (role: string) => {
    const precision = request.asked(role)
    return precision.kind === 'fixed' ? precision.conversion : request.modelDefault
  }
  const product = { x: unionType(request.inputs[0]!), weight: asked('scale').to, terms: 1 }
  const { modelDefault } = request
  return {
    scale: modelDefault,
    bias: modelDefault,
    accum: modelDefault,
    result: conversion(accumulatedType(product, asked('bias').to, request.maximum?.to)),
  }
}

/** Sums of squares fit, differences keep eight bits more than the input; inverse deviations have twelve bits. */
function inferLossless(request: PrecisionRequest<LayerNormAttrs>): RoleConversions {
  const x = unionType(request.inputs[0]!)
  const extent = request.shape.at(-1)!
  const scale = request.rawWeight('scale') ?? bug(`${request.name} lacks a scale`)
  const bias = request.rawWeight('bias') ?? bug(`${request.name} lacks a bias`)
  const integer = 2 * Math.max(1, x.width - x.frac) + Math.ceil(Math.log2(extent)) + 1
  const frac = Math.max(x.frac, 0) + 8
  const most = Math.max(1, Math.ceil(-Math.log2(request.attrs.epsilon) / 2)) + 1
  const table = { signed: false, width: most + 12, frac: 12 }
  // |x − mean| / deviation is no more than √n.
  const normal = { signed: true, width: Math.ceil(Math.log2(extent) / 2) + 2 + 12, frac: 12 }
  return {
    accum: conversion({ signed: true, width: integer + frac, frac }, 'RND_CONV', 'SAT'),
    table: conversion(table, 'RND_CONV', 'SAT'),
    result: conversion(
      accumulatedType({ x: normal, weight: scale.type, terms: 1 }, bias.type, undefined),
      'RND_CONV',
      'SAT',
    ),
  }
}

function kernelCall(op: TypedOp<LayerNormAttrs>): HlsCall {
  const [scale, bias] = ['scale', 'bias'].map(role => op.weight(role) ?? bug(`${op.name} lacks a ${role}`))
  const accumulator = op.conversion('accum')
  const extent = op.output.shape.at(-1)!
  return {
    kernel: 'nnet::layer_norm',
    header: 'lutra_layernorm.h',
    config: {
      n_in: sizeOf(op.output.shape),
      n_row: extent,
      table_size: Number(op.choices.TableSize),
      log2_reach: Number(op.choices.TableRangePower2),
      accum_t: { type: accumulator },
      share: { constant: quantiseNumber(1 / extent, accumulator), of: accumulator },
    },
    arguments: [
      inputArgument,
      outputArgument,
      tableArgument('inverse', op.conversion('table'), inverseDeviations(op)),
      weightsArgument('scale', scale!),
      weightsArgument('bias', bias!),
    ],
  }
}

function rowsOf(shape: Shape): number {
  return sizeOf(shape.slice(0, -1))
}

/** Entry i is 1/√(10^−p + i · 2^−r / N), the argument in float32; p is the power of ten nearest to epsilon. */
function inverseDeviations(op: TypedOp<LayerNormAttrs>): readonly bigint[] {
  const { fround } = Math
  const size = Number(op.choices.TableSize)
  const power = -Math.round(Math.log10(op.attrs.epsilon))
  const least = fround(10 ** -power)
  const step = fround(2 ** -Number(op.choices.TableRangePower2) / size)
  const table = op.conversion('table')
  return Array.from({ length: size }, (_, i) =>
    quantiseNumber(1 / Math.sqrt(fround(least + fround(step * i))), table),
  )
}

/** Every step through the type A of `accum` (hls4ml nnet_layernorm). */
function emulate(op: TypedOp<LayerNormAttrs>): Plan {
  const plan = createPlan()
  const { size, types } = bufferOf(op.inputs[0]!)
  const x = plan.buffer(size, ...types)
  const accumulator = op.conversion('accum')
  const table = op.conversion('table')
  const extent = op.output.shape.at(-1)!
  const row = Array.from({ length: size }, (_, k) => Math.floor(k / extent))
  const held = converted(plan, x, accumulator)
  const mean = meanOfRows(plan, held, extent, accumulator)
  const centred = arithmetic(plan, 'subtract', { a: held, b: mean, bIndex: row }, accumulator)
  const squares = arithmetic(plan, 'multiply', { a: centred, b: centred }, accumulator)
  const variance = meanOfRows(plan, squares, extent, accumulator)
  const reach = BigInt(Number(op.choices.TableSize)) << BigInt(Number(op.choices.TableRangePower2))
  const index = scaledIndex(accumulator.to.frac, reach)
  const inverse = lookedUp(plan, variance, { index, values: inverseDeviations(op) }, table.to)
  const exact = conversion(productType(accumulator.to, table.to))
  const normal = arithmetic(plan, 'multiply', { a: centred, b: inverse, bIndex: row }, exact)
  return plan.finish([x], scaledAndMoved(plan, op, normal))
}

/** The sum of every row of `extent` elements, times 1 / extent as the accumulator's type has it. */
function meanOfRows(plan: PlanBuilder, from: BufferId, extent: number, accumulator: Conversion): BufferId {
  const rows = plan.sizeOf(from) / extent
  const sum = plan.buffer(rows, accumulator.to)
  plan.step({
    kernel: 'multiply-accumulate',
    from,
    into: sum,
    rows,
    inputs: extent,
    outputs: 1,
    weights: Array.from({ length: extent }, () => 1n),
    weightFrac: 0,
    bias: undefined,
    biasFrac: 0,
    product: { kind: 'multiply' },
    accumulator,
    order: undefined,
    conversions: [accumulator],
  })
  const share = { raw: [quantiseNumber(1 / extent, accumulator)], frac: accumulator.to.frac }
  return affine(plan, sum, { scale: share }, accumulator)
}

function scaledAndMoved(plan: PlanBuilder, op: TypedOp<LayerNormAttrs>, from: BufferId): BufferId {
  const [scale, bias] = ['scale', 'bias'].map(role => op.weight(role) ?? bug(`${op.name} lacks a ${role}`))
  const { size, types } = bufferOf(op.output)
  const into = plan.buffer(size, ...types)
  const spread = ({ raw }: RawValues) => Array.from({ length: size }, (_, k) => raw[k % raw.length]!)
  plan.step({
    kernel: 'affine',
    from,
    into,
    scale: spread(scale!),
    scaleFrac: scale!.type.frac,
    bias: spread(bias!),
    biasFrac: bias!.type.frac,
    conversions: resultConversions(op),
  })
  return into
}
