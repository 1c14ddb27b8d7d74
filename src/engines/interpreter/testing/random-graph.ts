// Random typed networks for tests: chains of operators with random types, modes, weights and choices.

import fc from 'fast-check'
import {
  type Conversion,
  conversion,
  type FixedType,
  maxRaw,
  minRaw,
  overflows,
  roundings,
} from '../../../fixed/types.ts'
import { type Shape, sizeOf, tensorConversion } from '../../../ir/tensor-type.ts'
import type { OpNode } from '../../../ops/index.ts'
import type { OpGraph } from '../../../ops/typed-node.ts'
import type { Batch } from '../../engine.ts'

/** A node without its place in a chain; weights by role as raw integers under a type. */
export interface Link {
  readonly kind: OpNode['kind']
  readonly attrs: object
  readonly shape: Shape
  readonly conversions: Readonly<Record<string, Conversion>>
  readonly weights?: Readonly<Record<string, { type: FixedType; raw: readonly bigint[]; shape?: Shape }>>
  readonly choices?: OpNode['choices']
}

/** A graph whose first link is the input and whose last is the output. */
export function chainOf(links: readonly Link[]): OpGraph {
  const names = links.map((_, index) => `n${index}`)
  const store = links.flatMap((link, index) =>
    Object.entries(link.weights ?? {}).map(
      ([role, { type, raw, shape }]) =>
        [`n${index}.${role}`, { form: 'raw', shape: shape ?? [raw.length], type, raw }] as const,
    ),
  )
  const nodes = links.map((link, index) => {
    const resolved = Object.entries(link.conversions).map(([role, c]) => [role, tensorConversion(c)])
    const weights = Object.keys(link.weights ?? {}).map(role => [role, `n${index}.${role}`])
    return {
      kind: link.kind,
      name: names[index]!,
      inputs: index === 0 ? [] : [names[index - 1]!],
      attrs: link.attrs,
      weights: Object.fromEntries(weights) as Record<string, string>,
      quantisers: {},
      requested: {},
      resolved: Object.fromEntries(resolved) as OpNode['resolved'],
      shape: link.shape,
      choices: link.choices ?? {},
      origin: { layerClass: link.kind, source: names[index]!, mergedNames: [] },
    } as unknown as OpNode
  })
  return { name: 'random', nodes, outputs: [names.at(-1)!], store: new Map(store) }
}

export const types = (widest: number): fc.Arbitrary<FixedType> =>
  fc
    .record({
      signed: fc.boolean(),
      width: fc.integer({ min: 0, max: widest }),
      integer: fc.integer({ min: -3, max: 9 }),
    })
    .map(({ signed, width, integer }) => ({ signed, width, frac: width - integer }))

export const conversions = (widest: number): fc.Arbitrary<Conversion> =>
  fc
    .record({
      to: types(widest),
      rounding: fc.constantFrom(...roundings),
      overflow: fc.constantFrom(...overflows),
      saturationBits: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(4) }),
    })
    // ap_ufixed has no sign to fold about: WRAP_SM belongs to signed types.
    .map(c => (c.overflow === 'WRAP_SM' && !c.to.signed ? { ...c, overflow: 'WRAP' } : c))

const bit = conversion({ signed: false, width: 1, frac: 0 })

const raws = (type: FixedType, count: number): fc.Arbitrary<bigint[]> =>
  fc.array(
    fc.oneof(
      fc.constantFrom(minRaw(type), maxRaw(type), 0n),
      fc.bigInt({ min: minRaw(type), max: maxRaw(type) }),
    ),
    { minLength: count, maxLength: count },
  )

const tensors = (count: number, widest = 10) =>
  types(widest).chain(type => fc.record({ type: fc.constant(type), raw: raws(type, count) }))

const strategies = [
  'Latency',
  'Resource',
  'Resource_Unrolled',
  'Unrolled',
  'Distributed_Arithmetic',
  'DA',
] as const

function denseLink(inputs: number): fc.Arbitrary<Link> {
  const divisors = Array.from({ length: inputs }, (_, k) => k + 1).filter(reuse => inputs % reuse === 0)
  return fc.integer({ min: 1, max: 4 }).chain(units =>
    fc
      .record({
        weight: tensors(inputs * units),
        bias: fc.option(tensors(units)),
        accum: conversions(20),
        result: conversions(18),
        Strategy: fc.constantFrom(...strategies),
        ReuseFactor: fc.constantFrom(...divisors, inputs * units),
      })
      .map(({ weight, bias, accum, result, ...choices }) => ({
        kind: 'dense' as const,
        attrs: { units, weightCoding: 'plain', inputCoding: 'plain' },
        shape: [units],
        conversions: {
          accum,
          result,
          weight: conversion(weight.type),
          bias: conversion(bias?.type ?? { signed: false, width: 1, frac: 0 }),
        },
        weights: { weight, ...(bias !== null && { bias }) },
        choices,
      })),
  )
}

function batchNormLink(size: number): fc.Arbitrary<Link> {
  return fc
    .record({ scale: tensors(size), bias: tensors(size), result: conversions(18) })
    .map(({ scale, bias, result }) => ({
      kind: 'batch-norm' as const,
      attrs: { scaleCoding: 'plain' },
      shape: [size],
      conversions: { result, scale: conversion(scale.type), bias: conversion(bias.type) },
      weights: { scale, bias },
    }))
}

const elementwise =
  (kind: Link['kind'], attrs: fc.Arbitrary<object>, roles: readonly string[] = []) =>
  (size: number) =>
    fc.record({ attrs, result: conversions(16), others: fc.tuple(...roles.map(() => conversions(8))) }).map(
      ({ attrs, result, others }): Link => ({
        kind,
        attrs,
        shape: [size],
        conversions: { result, ...Object.fromEntries(roles.map((role, k) => [role, others[k]!])) },
      }),
    )

function tableLink(size: number): fc.Arbitrary<Link> {
  const functions = fc.constantFrom('sigmoid', 'tanh', 'softplus', 'softsign')
  return fc
    .record({
      name: functions,
      table: conversions(14),
      result: conversions(14),
      TableSize: fc.constantFrom(2, 8, 64, 100, 1024),
    })
    .map(({ name, table, result, TableSize }) => ({
      kind: 'table-activation' as const,
      attrs: { function: name },
      shape: [size],
      conversions: { table, result },
      choices: { TableSize },
    }))
}

/** A convolution with what it needs before it: an image. */
export const convolutions: fc.Arbitrary<Link[]> = fc
  .record({
    image: fc.tuple(
      fc.integer({ min: 2, max: 5 }),
      fc.integer({ min: 2, max: 5 }),
      fc.integer({ min: 1, max: 2 }),
    ),
    kernelSize: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    padding: fc.constantFrom('same', 'valid'),
    filters: fc.integer({ min: 1, max: 3 }),
    result: conversions(12),
  })
  .filter(
    ({ image, kernelSize, padding }) =>
      padding === 'same' || kernelSize.every((extent, k) => extent <= image[k]!),
  )
  .chain(({ image, kernelSize, strides, padding, filters, result }) => {
    const inputs = kernelSize[0] * kernelSize[1] * image[2]
    const extents = [0, 1].map(k =>
      Math.ceil((image[k]! - (padding === 'same' ? 0 : kernelSize[k]! - 1)) / strides[k]!),
    )
    return fc
      .record({
        weight: tensors(inputs * filters),
        bias: tensors(filters),
        accum: conversions(18),
        out: conversions(14),
        resource: fc.boolean(),
      })
      .map(({ weight, bias, accum, out, resource }): Link[] => [
        { kind: 'input', attrs: {}, shape: image, conversions: { result } },
        {
          kind: 'conv2d',
          attrs: { filters, kernelSize, strides, padding, dataFormat: 'channels-last' },
          shape: [...extents, filters],
          conversions: { accum, result: out, weight: conversion(weight.type), bias: conversion(bias.type) },
          weights: { weight: { ...weight, shape: [...kernelSize, image[2], filters] }, bias },
          choices: resource
            ? { Strategy: 'Resource', ReuseFactor: inputs }
            : { Strategy: 'Latency', ReuseFactor: 1 },
        },
      ])
  })

/** An LSTM over a short sequence. */
export const lstms: fc.Arbitrary<Link[]> = fc
  .record({
    steps: fc.integer({ min: 1, max: 3 }),
    features: fc.integer({ min: 1, max: 3 }),
    units: fc.integer({ min: 1, max: 2 }),
    input: conversions(12),
  })
  .chain(({ steps, features, units, input }) =>
    fc
      .record({
        weight: tensors(features * 4 * units),
        recurrent: tensors(units * 4 * units),
        bias: tensors(4 * units),
        recurrentBias: fc.option(tensors(4 * units)),
        accum: conversions(18),
        result: conversions(14),
        table: conversions(14),
        returnSequences: fc.boolean(),
        goBackwards: fc.boolean(),
        activation: fc.constantFrom('tanh', 'sigmoid'),
        recurrentActivation: fc.constantFrom('tanh', 'sigmoid'),
        Strategy: fc.constantFrom('Latency', 'Resource'),
        TableSize: fc.constantFrom(16, 256),
      })
      .map(c => ({
        attrs: {
          units,
          returnSequences: c.returnSequences,
          goBackwards: c.goBackwards,
          activation: c.activation,
          recurrentActivation: c.recurrentActivation,
        },
        shape: c.returnSequences ? [steps, units] : [units],
        conversions: {
          accum: c.accum,
          result: c.result,
          table: c.table,
          weight: conversion(c.weight.type),
          recurrent_weight: conversion(c.recurrent.type),
          bias: conversion(c.bias.type),
          recurrent_bias: conversion(c.recurrentBias?.type ?? bit.to),
        },
        weights: {
          weight: { ...c.weight, shape: [features, 4 * units] },
          recurrent_weight: { ...c.recurrent, shape: [units, 4 * units] },
          bias: c.bias,
          ...(c.recurrentBias !== null && { recurrent_bias: c.recurrentBias }),
        },
        choices: {
          Strategy: c.Strategy,
          TableSize: c.TableSize,
          ReuseFactor: features,
          RecurrentReuseFactor: units,
        },
      }))
      .map((link): Link[] => [
        { kind: 'input', attrs: {}, shape: [steps, features], conversions: { result: input } },
        { kind: 'lstm', ...link },
      ]),
  )

/** hls4ml addresses tables by whole bits: their types have at least one. */
const addressing = (widest: number) => conversions(widest).filter(c => c.to.width > 0)

function softmaxLink(size: number): fc.Arbitrary<Link> {
  return fc
    .record({
      result: conversions(14),
      accum: conversions(14),
      exp_table: conversions(12),
      inv_table: conversions(12),
      inv_inp: addressing(12),
      inp_norm: addressing(12).map(c => ({
        ...c,
        to: { ...c.to, signed: false },
        overflow: c.overflow === 'WRAP_SM' ? ('SAT' as const) : c.overflow,
      })),
      table: conversions(14),
      Implementation: fc.constantFrom('stable', 'latency', 'legacy', 'argmax'),
      TableSize: fc.constantFrom(2, 16, 128, 1024),
    })
    .map(({ Implementation, TableSize, ...roles }) => ({
      kind: 'softmax' as const,
      attrs: { axis: -1 },
      shape: [size],
      conversions: roles,
      choices: { Implementation, TableSize, Skip: false },
    }))
}

/** ±2^e as raw values under a type that holds them, with the width of the exponents' coding. */
const powers = (count: number) =>
  fc
    .record({
      width: fc.integer({ min: 2, max: 4 }),
      signs: fc.array(fc.boolean(), { minLength: count, maxLength: count }),
    })
    .chain(({ width, signs }) => {
      const reach = 2 ** (width - 1)
      const exponent = fc.integer({ min: -reach, max: reach - 1 })
      const type = { signed: true, width: 2 * reach + 1, frac: reach }
      return fc.array(exponent, { minLength: count, maxLength: count }).map(exponents => ({
        coding: conversion({ signed: true, width, frac: 0 }),
        values: {
          type,
          raw: exponents.map((e, k) => (signs[k] ? 1n : -1n) * 2n ** BigInt(e + reach)),
        },
      }))
    })

const signs = (count: number) =>
  fc
    .array(fc.constantFrom(-1n, 1n), { minLength: count, maxLength: count })
    .map(raw => ({ type: { signed: true, width: 2, frac: 0 }, raw }))

/** Dense layers with single-bit or shifting weights. */
function codedDenseLink(inputs: number, bitInputs: boolean): fc.Arbitrary<Link> {
  return fc
    .record({
      units: fc.integer({ min: 1, max: 4 }),
      weightCoding: fc.constantFrom(
        ...(bitInputs ? (['plain', 'xnor'] as const) : (['xnor', 'exponent'] as const)),
      ),
    })
    .chain(({ units, weightCoding }) =>
      fc
        .record({
          plain: tensors(inputs * units, 6),
          signs: signs(inputs * units),
          powers: powers(inputs * units),
          bias: fc.option(tensors(units)),
          accum: conversions(20),
          result: conversions(18),
          Strategy: fc.constantFrom('Latency', 'Resource'),
        })
        .map(({ plain, signs, powers, bias, accum, result, Strategy }) => {
          const weight = { plain, xnor: signs, exponent: powers.values }[weightCoding]
          return {
            kind: 'dense' as const,
            attrs: { units, weightCoding, inputCoding: bitInputs ? 'xnor' : 'plain' },
            shape: [units],
            conversions: {
              accum,
              result,
              weight: weightCoding === 'exponent' ? powers.coding : conversion(weight.type),
              bias: conversion(bias?.type ?? { signed: false, width: 1, frac: 0 }),
            },
            weights: { weight, ...(bias !== null && { bias }) },
            choices: { Strategy, ReuseFactor: inputs },
          }
        }),
    )
}

function shiftNormLink(size: number): fc.Arbitrary<Link> {
  return fc
    .record({ scale: powers(size), bias: tensors(size), result: conversions(18) })
    .map(({ scale, bias, result }) => ({
      kind: 'batch-norm' as const,
      attrs: { scaleCoding: 'exponent' },
      shape: [size],
      conversions: { result, scale: scale.coding, bias: conversion(bias.type) },
      weights: { scale: scale.values, bias },
    }))
}

const ternary = conversion({ signed: true, width: 2, frac: 0 })

/** A layer that leaves single bits or −1, 0, 1. */
function levelsLink(size: number): fc.Arbitrary<Link> {
  const kinds = fc.constantFrom('binary-tanh', 'ternary-tanh', 'threshold2', 'threshold3')
  const limits = types(8).chain(type =>
    fc.record({ type: fc.constant(type), a: raws(type, size), b: raws(type, size) }),
  )
  return fc
    .record({ kind: kinds, limits, asBit: fc.boolean() })
    .map(({ kind, limits: { type, a, b }, asBit }) => {
      const least = (x: bigint, y: bigint) => (x < y ? x : y)
      const role = (raw: bigint[]) => ({ type, raw })
      const shape = [size]
      if (kind === 'binary-tanh')
        return { kind, attrs: {}, shape, conversions: { result: asBit ? bit : ternary } }
      if (kind === 'ternary-tanh')
        return { kind, attrs: { threshold: 0.5 }, shape, conversions: { result: ternary } }
      if (kind === 'threshold2') {
        const weights = { threshold: role(a) }
        return {
          kind: 'threshold' as const,
          attrs: { levels: 2 },
          shape,
          conversions: { result: bit, threshold: conversion(type) },
          weights,
        }
      }
      const weights = {
        threshold_hi: role(a.map((x, k) => (x < b[k]! ? b[k]! : x))),
        threshold_lo: role(a.map((x, k) => least(x, b[k]!))),
      }
      const conversions = { result: ternary, threshold_hi: conversion(type), threshold_lo: conversion(type) }
      return { kind: 'threshold' as const, attrs: { levels: 3 }, shape, conversions, weights }
    })
}

const numbers = fc.constantFrom(0, 0.25, 0.3, 0.5, 1, 1.5, 6)

/** Random layers for a vector of a size, by what they are. */
export const links: Readonly<Record<string, (size: number) => fc.Arbitrary<Link>>> = {
  dense: denseLink,
  'dense of coded weights': size => codedDenseLink(size, false),
  'batch normalisation': batchNormLink,
  'shifting batch normalisation': shiftNormLink,
  quantise: elementwise('quantise', fc.constant({})),
  flatten: elementwise('flatten', fc.constant({})),
  relu: elementwise('relu', fc.record({ maxValue: fc.option(numbers) })),
  'leaky relu': elementwise('leaky-relu', fc.record({ alpha: numbers }), ['param']),
  'hard activations': elementwise(
    'hard-activation',
    fc.record({ function: fc.constantFrom('hard_sigmoid', 'hard_tanh'), slope: numbers, shift: numbers }),
    ['slope', 'shift'],
  ),
  'table activations': tableLink,
  softmax: softmaxLink,
  'binary and ternary levels': levelsLink,
}

/** An input and one layer, by kind. */
export function pairs(layer: (size: number) => fc.Arbitrary<Link>): fc.Arbitrary<Link[]> {
  return fc
    .record({ size: fc.integer({ min: 1, max: 6 }), result: conversions(16) })
    .chain(({ size, result }) =>
      layer(size).map(link => [
        { kind: 'input' as const, attrs: {}, shape: [size], conversions: { result } },
        link,
      ]),
    )
}

/** Single-bit inputs and a dense layer that takes them for ±1. */
export const bitPairs: fc.Arbitrary<Link[]> = fc
  .integer({ min: 1, max: 6 })
  .chain(size =>
    codedDenseLink(size, true).map(link => [
      { kind: 'input' as const, attrs: {}, shape: [size], conversions: { result: bit } },
      link,
    ]),
  )

/** Networks of up to five layers after an input. */
export const chains: fc.Arbitrary<Link[]> = fc
  .record({
    size: fc.integer({ min: 1, max: 6 }),
    result: conversions(16),
    depth: fc.integer({ min: 1, max: 5 }),
  })
  .chain(({ size, result, depth }) => {
    const input: Link = { kind: 'input', attrs: {}, shape: [size], conversions: { result } }
    return extend([input], depth)
  })

function extend(chain: readonly Link[], depth: number): fc.Arbitrary<Link[]> {
  if (depth === 0) return fc.constant([...chain])
  const last = chain.at(-1)!
  const size = sizeOf(last.shape)
  const isBit = last.conversions.result === bit
  const next = isBit ? [codedDenseLink(size, true)] : Object.values(links).map(link => link(size))
  return fc.oneof(...next).chain(link => extend([...chain, link], depth - 1))
}

/** Rows for an input: ends of its type, ties between its values, values beyond it, and any double. */
export function batches(input: Link, rows: number): fc.Arbitrary<Batch> {
  const { to } = input.conversions.result!
  const step = 2 ** -to.frac
  const corners = [minRaw(to), maxRaw(to), 0n, 1n].flatMap(raw =>
    [0, 0.5, -0.5, 1, 0.25].map(off => (Number(raw) + off) * step),
  )
  const reach = 2 ** (to.width - to.frac + 1)
  const value = fc.oneof(
    fc.constantFrom(...corners),
    fc.double({ min: -reach, max: reach, noNaN: true }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  const count = rows * sizeOf(input.shape)
  return fc
    .array(value, { minLength: count, maxLength: count })
    .map(data => ({ rows, shape: input.shape, data: Float64Array.from(data) }))
}
