// QONNX's Trunc (github.com/fastmachinelearning/qonnx, custom_op/general/trunc.py): the integers x / scale lose their
// lowest bits. Its first version, of five inputs, leaves the scale as it was, so that values shrink; the second, of
// seven, has a scale of its own for the result and clips it.

import { type Conversion, conversion, fixedType } from '../../fixed/types.ts'
import { fixedQuantiser } from '../../ir/source-quantiser.ts'
import type { Computed, Draft, NodeContext, NodeReader } from './node.ts'

interface Trunc {
  readonly scale: number
  readonly resultScale: number
  /** Bits of the integers, and how many of them are lost. */
  readonly width: number
  readonly lost: number
  readonly result: Conversion
}

export const readTrunc: NodeReader = context => {
  const [x] = context.inputs
  const trunc = truncOf(context)
  if (trunc === undefined || x === undefined) return undefined
  return x.kind === 'computed'
    ? { drafts: draftsOf(context, x, trunc), layout: x.layout }
    : refuse(context, 'its input is a constant')
}

const roundings: Readonly<Record<string, Conversion['rounding']>> = { FLOOR: 'TRN', ROUND: 'RND_CONV' }

function truncOf(context: NodeContext): Trunc | undefined {
  const { attributes, inputs } = context
  const numbers = inputs
    .slice(1)
    .map(own => (own?.kind === 'constant' && own.values.data.length === 1 ? own.values.data[0]! : Number.NaN))
  const isFirst = numbers.length === 4
  const [scale = 0, zero = 0, width = 0, ...rest] = numbers
  const [resultScale, resultZero, bits] = isFirst ? [scale, 0, rest[0]!] : [rest[0]!, rest[1]!, rest[2]!]
  const rounding = roundings[attributes.text('rounding_mode', 'FLOOR').toUpperCase()]
  if (rounding === undefined)
    attributes.refuse('rounding_mode', Object.keys(roundings).join(', '), 'Train with one of these.')
  const signed = attributes.number('signed', 1) === 1
  const narrow = attributes.number('narrow', 0) === 1
  const lost = isFirst ? width - bits : Math.round(Math.log2(resultScale / scale))
  const isWidth = (own: number) => Number.isInteger(own) && own > 0 && own <= 64
  if (!(scale > 0 && resultScale > 0) || ![width, bits].every(isWidth) || !(lost >= 0 && lost < 64))
    return refuse(context, `scale, bit widths and the like are [${numbers.join(', ')}]`)
  if (zero !== 0 || resultZero !== 0) return refuse(context, `its zero points are ${zero} and ${resultZero}`)
  if (narrow && !signed) return refuse(context, 'it is narrow and not signed')
  // The first version clips nothing, and does not say whether integers are signed: one bit more holds both.
  const to = fixedType(isFirst || signed, bits + (isFirst ? 1 : 0), -lost)
  return {
    scale,
    resultScale,
    width,
    lost,
    result: conversion(to, rounding ?? 'TRN', narrow ? 'SAT_SYM' : 'SAT'),
  }
}

/** x / scale to integers, those to fewer bits, and back to the result's scale. */
function draftsOf(
  { name }: NodeContext,
  x: Computed,
  { scale, resultScale, width, lost, result }: Trunc,
): Draft[] {
  const exponent = Math.log2(scale)
  const isPlain = Number.isInteger(exponent)
  const shift = isPlain ? -exponent : 0
  const at = ({ to, ...rest }: Conversion): Conversion => ({ ...rest, to: { ...to, frac: to.frac + shift } })
  const integers = at(conversion(fixedType(true, width + 1, 0), 'RND_CONV', 'SAT'))
  const back = (isPlain ? resultScale / scale : resultScale) / 2 ** lost
  const before = isPlain ? [] : [scaled(`${name}_scale`, x.node, x, 1 / scale)]
  const whole = quantised(`${name}_integers`, before.at(-1)?.name ?? x.node, x, integers)
  const cut = quantised(back === 1 ? name : `${name}_cut`, whole.name, x, at(result))
  return [...before, whole, cut, ...(back === 1 ? [] : [scaled(name, cut.name, x, back)])]
}

function quantised(name: string, from: string, x: Computed, type: Conversion): Draft {
  const quantisers = { result: fixedQuantiser(type) }
  return {
    kind: 'quantise',
    layerClass: 'Activation',
    attrs: {},
    name,
    inputs: [from],
    shape: x.shape,
    quantisers,
  }
}

function scaled(name: string, from: string, x: Computed, by: number): Draft {
  const one = (value: number) => ({ shape: [1], data: Float64Array.of(value) })
  return {
    kind: 'batch-norm',
    layerClass: 'ApplyAlpha',
    attrs: { scaleCoding: 'plain' },
    name,
    inputs: [from],
    shape: x.shape,
    weights: { scale: one(by), bias: one(0) },
  }
}

function refuse({ place, problems }: NodeContext, problem: string): undefined {
  problems.add({
    code: 'onnx/quant-parameters',
    place,
    problem,
    expected: 'a computed tensor, and constants: scales above 0, zero points of 0, bit widths of 1 to 64',
    remedy: 'Fold constants before: qonnx-cleanup model.onnx.',
  })
  return undefined
}
