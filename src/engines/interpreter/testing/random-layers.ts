// Random layers with all they need but a place in a network.

import fc from 'fast-check'
import { type Conversion, conversion, type FixedType } from '../../../fixed/types.ts'
import type { Shape } from '../../../ir/tensor-type.ts'
import type { OpNode } from '../../../ops/index.ts'
import { bit, conversions, raws, tensors, ternary, types } from './random-types.ts'

/** A node without its place in a chain; weights by role as raw integers under a type. */
export interface Link {
  readonly kind: OpNode['kind']
  readonly attrs: object
  readonly shape: Shape
  readonly conversions: Readonly<Record<string, Conversion>>
  readonly weights?: Readonly<Record<string, { type: FixedType; raw: readonly bigint[]; shape?: Shape }>>
  readonly choices?: OpNode['choices']
  /** Which links of the chain it reads; absent: the one before. */
  readonly reads?: readonly number[]
}

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

/** A table of its own for every value of a type; now and then one for every element. */
function unaryTableLink(size: number): fc.Arbitrary<Link> {
  const index = types(6)
  return fc.record({ index, own: fc.boolean(), result: conversions(14) }).chain(({ index, own, result }) => {
    const count = 2 ** index.width
    return tensors(own ? size * count : count).map(table => ({
      kind: 'unary-table' as const,
      attrs: { ...index },
      shape: [size],
      conversions: { result, table: conversion(table.type) },
      weights: { table: { ...table, shape: own ? [size, count] : [count] } },
    }))
  })
}

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
      more: fc.constantFrom({}, {}, { scale: 0.3, epsilon: 1e-7 }, { scale: 0.25 }, { epsilon: 0.01 }),
    })
    .map(({ Implementation, TableSize, more, ...roles }) => ({
      kind: 'softmax' as const,
      attrs: { axis: -1, ...more },
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
export function codedDenseLink(inputs: number, bitInputs: boolean): fc.Arbitrary<Link> {
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

function preluLink(size: number): fc.Arbitrary<Link> {
  return fc.record({ param: tensors(size), result: conversions(16) }).map(({ param, result }) => ({
    kind: 'prelu' as const,
    attrs: {},
    shape: [size],
    conversions: { result, param: conversion(param.type) },
    weights: { param },
  }))
}

/** Tables below zero. */
function belowLink(size: number): fc.Arbitrary<Link> {
  return fc
    .record({
      kind: fc.constantFrom('elu' as const, 'selu' as const),
      alpha: numbers,
      result: conversions(14),
      param: conversions(6),
      table: conversions(12),
      TableSize: fc.constantFrom(2, 16, 100, 1024),
    })
    .map(({ kind, alpha, result, param, table, TableSize }) => ({
      kind,
      attrs: kind === 'elu' ? { alpha } : {},
      shape: [size],
      conversions: kind === 'elu' ? { result, param, table } : { result, table },
      choices: { TableSize },
    }))
}

/** A table's rows for the elements of a vector. */
export function embeddingLink(size: number): fc.Arbitrary<Link> {
  return fc
    .record({ vocabulary: fc.integer({ min: 1, max: 5 }), units: fc.integer({ min: 1, max: 3 }) })
    .chain(attrs =>
      fc
        .record({ embeddings: tensors(attrs.vocabulary * attrs.units), result: conversions(10) })
        .map(({ embeddings, result }) => ({
          kind: 'embedding' as const,
          attrs,
          shape: [size, attrs.units],
          conversions: { result, embeddings: conversion(embeddings.type) },
          weights: { embeddings: { ...embeddings, shape: [attrs.vocabulary, attrs.units] } },
        })),
    )
}

function layerNormLink(size: number): fc.Arbitrary<Link> {
  return fc
    .record({
      scale: tensors(size),
      bias: tensors(size),
      epsilon: fc.constantFrom(1e-1, 1e-3, 2e-5),
      result: conversions(16),
      accum: conversions(14),
      table: conversions(10),
      TableSize: fc.constantFrom(2, 50, 256),
      TableRangePower2: fc.constantFrom(0, 3),
    })
    .map(({ scale, bias, epsilon, result, accum, table, ...choices }) => ({
      kind: 'layer-norm' as const,
      attrs: { epsilon },
      shape: [size],
      conversions: { result, accum, table, scale: conversion(scale.type), bias: conversion(bias.type) },
      weights: { scale, bias },
      choices,
    }))
}

const numbers = fc.constantFrom(0, 0.25, 0.3, 0.5, 1, 1.5, 6)

/** Random layers for a vector of a size, by what they are. */
export const links: Readonly<Record<string, (size: number) => fc.Arbitrary<Link>>> = {
  dense: denseLink,
  'dense of coded weights': size => codedDenseLink(size, false),
  'batch normalisation': batchNormLink,
  'shifting batch normalisation': shiftNormLink,
  quantise: elementwise('quantise', fc.constant({})),
  relu: elementwise('relu', fc.record({ maxValue: fc.option(numbers) })),
  'leaky relu': elementwise('leaky-relu', fc.record({ alpha: numbers }), ['param']),
  'trained relu': preluLink,
  'thresholded relu': elementwise(
    'thresholded-relu',
    fc.record({ theta: fc.constantFrom(0, 0.3, -0.75, 2) }),
    ['param'],
  ),
  'tables below zero': belowLink,
  'layer normalisation': layerNormLink,
  'hard activations': elementwise(
    'hard-activation',
    fc.record({ function: fc.constantFrom('hard_sigmoid', 'hard_tanh'), slope: numbers, shift: numbers }),
    ['slope', 'shift'],
  ),
  'hard swish': elementwise(
    'hard-swish',
    fc.record({ shift: fc.constantFrom(3, 2.5, 0.1), bound: fc.constantFrom(6, 4, 5.5, 0.1) }),
  ),
  'powers of two': elementwise(
    'power-of-two',
    fc.record({
      zero: fc.constantFrom(-8, -4, -30),
      lowest: fc.constantFrom(-8, -4),
      highest: fc.constantFrom(-4, 0, 4),
      squares: fc.boolean(),
      down: fc.boolean(),
      negative: fc.constantFrom(null, 0, -2),
    }),
  ),
  'table activations': tableLink,
  'unary tables': unaryTableLink,
  softmax: softmaxLink,
  'binary and ternary levels': levelsLink,
}
