// x · clip(x + shift, 0, bound) / bound: hard swish, with shift 3 and bound 6 where nothing else is said, and QKeras's
// quantized_hswish. `quotient.ts` says how the division is rounded.

import { convertRaw } from '../../fixed/convert.ts'
import type { Plan } from '../../fixed/kernels.ts'
import { type Conversion, conversion, type FixedType, minRaw } from '../../fixed/types.ts'
import { conversionAt, sizeOf, unionType } from '../../ir/tensor-type.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import type { Net } from '../../netlist/netlist.ts'
import { lowerProduct } from '../../netlist/product.ts'
import type { OpDefinition, OpExample, RtlForm, TypedOp } from '../definition.ts'
import { autoIsDefault, bufferOf, resultConversions, resultRole, sameShape } from '../elementwise.ts'
import { elementwiseHls } from '../hls-answer.ts'
import { lowerSteps } from '../step-tree.ts'
import { type HardSwishAttrs, oddOf, quotientOf, type Shapes, shapesOf } from './quotient.ts'

export type { HardSwishAttrs } from './quotient.ts'

/** Inputs of up to so many bits become a table in hardware: all else would be larger. */
const widestTable = 8
/** Of inputs of up to so many bits all results are looked at; few of them become comparisons instead of products. */
const widestLookedAt = 14
const mostSteps = 100

export const hardSwish: OpDefinition<'hard-swish', HardSwishAttrs> = {
  kind: 'hard-swish',
  summary: 'x · clip(x + 3, 0, 6) / 6, with these or other constants (hard swish, quantized_hswish)',
  roles: { result: resultRole },
  choices: [],
  inferShape: sameShape,
  inferAuto: autoIsDefault,
  inferLossless: ({ attrs, inputs }) => ({ result: resultType(attrs, unionType(inputs[0]!)) }),
  evaluate: ({ attrs: { shift, bound } }, inputs) =>
    inputs[0]!.map(x => (x * Math.min(Math.max(x + shift, 0), bound)) / bound),
  emulate,
  hls: op => {
    const { reciprocal, quotient } = shapesOfOp(op)
    const exact = (value: number) => {
      const { mantissa, frac } = oddOf(value)
      return constant(mantissa, frac)
    }
    const config = {
      shift: exact(op.attrs.shift),
      bound: exact(op.attrs.bound),
      reciprocal: constant(reciprocal.raw, reciprocal.frac),
      quotient_t: { type: conversion(quotient, 'TRN_ZERO') },
    }
    return elementwiseHls(op, 'hard_swish', config, [], { exact: () => quotient })
  },
  rtl: hardSwishRtl,
  estimate: op => {
    const { width } = unionType(op.inputs[0]!)
    const count = sizeOf(op.output.shape)
    // A product of two variables and one with a constant, as blocks.
    return {
      lut: 2 * width * count,
      ff: 4 * width * count,
      dsp: 2 * count,
      bram18: 0,
      latency: 3,
      interval: 1,
    }
  },
  findings: () => [],
  examples: examples(),
}

function constant(raw: bigint, frac: number) {
  return { constant: raw, of: conversion({ signed: false, width: raw.toString(2).length, frac }) }
}

function shapesOfOp(op: TypedOp<HardSwishAttrs>): Shapes {
  const fracs = op.output.element.types.map(({ frac }) => frac)
  return shapesOf(op.attrs, unionType(op.inputs[0]!), Math.max(...fracs))
}

/** Exact for a bound that is a power of two; else as fine as the product, rounded to the nearest. */
function resultType(attrs: HardSwishAttrs, x: FixedType): Conversion {
  const { product } = shapesOf(attrs, x, 0)
  const bound = oddOf(attrs.bound)
  const frac = Math.max(0, product.frac + (bound.mantissa === 1n ? -bound.frac : 0))
  return conversion({ signed: true, width: Math.max(1, x.width - x.frac + 1 + frac), frac }, 'RND', 'SAT')
}

function emulate(op: TypedOp<HardSwishAttrs>): Plan {
  const source = bufferOf(op.inputs[0]!)
  const { gate, product, reciprocal, quotient } = shapesOfOp(op)
  const { mantissa, frac } = oddOf(op.attrs.shift)
  const top = oddOf(op.attrs.bound)
  const max = top.mantissa << BigInt(gate.frac - top.frac)
  const of = (type: FixedType) => ({ size: source.size, types: [type] })
  return {
    buffers: [source, of(gate), of(gate), of(product), of(quotient), bufferOf(op.output)],
    inputs: [0],
    output: 5,
    steps: [
      {
        kernel: 'affine',
        from: 0,
        into: 1,
        scale: [1n],
        scaleFrac: 0,
        bias: [mantissa],
        biasFrac: frac,
        conversions: [conversion(gate)],
      },
      { kernel: 'clamp', from: 1, into: 2, min: 0n, max, conversions: [conversion(gate)] },
      { kernel: 'arithmetic', op: 'multiply', a: 0, b: 2, into: 3, conversions: [conversion(product)] },
      {
        kernel: 'affine',
        from: 3,
        into: 4,
        scale: [reciprocal.raw],
        scaleFrac: reciprocal.frac,
        bias: [0n],
        biasFrac: 0,
        conversions: [conversion(quotient, 'TRN_ZERO')],
      },
      { kernel: 'convert', from: 4, into: 5, conversions: resultConversions(op) },
    ],
  }
}

function hardSwishRtl(op: TypedOp<HardSwishAttrs>): RtlForm {
  const shapes = shapesOfOp(op)
  const x = unionType(op.inputs[0]!)
  const resultsOf = new Map<string, readonly bigint[] | undefined>()
  return {
    form: 'datapath',
    lower: (builder, inputs) =>
      inputs[0]!.map((net, k) => {
        const into = conversionAt(op.result, op.output.shape, k)
        const key = JSON.stringify(into)
        if (!resultsOf.has(key)) resultsOf.set(key, resultsOfAll(op.attrs, x, shapes.quotient.frac, into))
        const results = resultsOf.get(key)
        const asTable = x.width <= widestTable
        if (results !== undefined && asTable) return tableNet(builder, net, op.name, { x, results, into })
        const stepped = results && stepsNet(builder, net, { x, results, into })
        return stepped ?? lowerConversion(builder, quotientNet(builder, net, op.attrs, shapes), into)
      }),
  }
}

/** Of every value of the input, in order; undefined where there are too many. */
function resultsOfAll(
  attrs: HardSwishAttrs,
  x: FixedType,
  low: number,
  into: Conversion,
): readonly bigint[] | undefined {
  if (x.width > widestLookedAt) return undefined
  const first = minRaw(x)
  return Array.from({ length: 2 ** x.width }, (_, k) =>
    convertRaw(quotientOf(attrs, first + BigInt(k), x, low), low, into),
  )
}

interface Results {
  readonly x: FixedType
  readonly results: readonly bigint[]
  readonly into: Conversion
}

/** Comparisons, where the result changes seldom enough. */
function stepsNet(b: NetlistBuilder, net: Net, { x, results, into }: Results): Net | undefined {
  const places = results.flatMap((result, k) => (k > 0 && result !== results[k - 1] ? [k] : []))
  if (places.length > mostSteps) return undefined
  const first = minRaw(x)
  return lowerSteps(b, net, {
    thresholds: places.map(k => first + BigInt(k)),
    levels: [0, ...places].map(k => b.constant(results[k]!, into.to.frac)),
    frac: x.frac,
  })
}

function quotientNet(b: NetlistBuilder, x: Net, { shift, bound }: HardSwishAttrs, shapes: Shapes): Net {
  const [from, to] = [oddOf(shift), oddOf(bound)]
  const sum = b.add(x, b.constant(from.mantissa, from.frac))
  const gate = b.min(b.max(sum, b.constant(0n, 0)), b.constant(to.mantissa, to.frac))
  const scaled = b.mul(lowerProduct(b, x, gate), b.constant(shapes.reciprocal.raw, shapes.reciprocal.frac))
  return lowerConversion(b, scaled, conversion(shapes.quotient, 'TRN_ZERO'))
}

function tableNet(b: NetlistBuilder, net: Net, layer: string, { x, results, into }: Results): Net {
  // A net whose low bits are known to be zero is held without them.
  const address = b.bits(net, b.interval(net).frac - x.frac, Math.max(1, x.width), x.signed, 0)
  const name = `${layer}_table${into.to.width}_${into.to.frac}`
  return b.table(address, { name, first: minRaw(x), values: results, frac: into.to.frac })
}

function examples(): OpExample<HardSwishAttrs>[] {
  const usual = { shift: 3, bound: 6 }
  const narrow = [{ shape: [5], type: { signed: true, width: 8, frac: 4 } }]
  const wide = [{ shape: [4], type: { signed: true, width: 13, frac: 7 } }]
  const signed = (width: number, frac: number): FixedType => ({ signed: true, width, frac })
  return [
    {
      title: 'half to even, saturating',
      attrs: usual,
      inputs: narrow,
      weights: {},
      conversions: { result: conversion(signed(6, 3), 'RND_CONV', 'SAT') },
    },
    {
      title: 'finer than the input',
      attrs: usual,
      inputs: wide,
      weights: {},
      conversions: { result: conversion(signed(20, 13), 'RND') },
      floatBound: 2 ** -14,
    },
    {
      title: 'of a wide input, rounded to whole numbers',
      attrs: usual,
      inputs: wide,
      weights: {},
      conversions: { result: conversion(signed(5, 0), 'RND_CONV', 'WRAP') },
    },
    {
      title: 'cut toward minus infinity',
      attrs: { shift: 2.5, bound: 5.5 },
      inputs: wide,
      weights: {},
      conversions: { result: conversion(signed(9, 2)) },
    },
    {
      title: 'a power of two as the bound',
      attrs: { shift: 2, bound: 4 },
      inputs: [{ shape: [3], type: { signed: false, width: 9, frac: 5 } }],
      weights: {},
      conversions: { result: conversion(signed(12, 6), 'RND_ZERO', 'SAT') },
    },
    {
      title: 'an input of whole numbers',
      attrs: { shift: 0.75, bound: 0.1 },
      inputs: [{ shape: [3], type: signed(4, -1) }],
      weights: {},
      conversions: { result: conversion(signed(8, 1), 'RND_CONV', 'SAT') },
    },
  ]
}
