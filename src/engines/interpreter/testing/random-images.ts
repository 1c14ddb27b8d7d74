// Random convolutions and LSTMs, each with the input it reads.

import fc from 'fast-check'
import { conversion } from '../../../fixed/types.ts'
import type { Link } from './random-layers.ts'
import { bit, conversions, tensors } from './random-types.ts'

/** Windows over an image or a sequence, and the inputs of an image they fit. */
export const windowed = fc
  .integer({ min: 1, max: 2 })
  .chain(rank => {
    const each = (min: number, max: number) =>
      fc.array(fc.integer({ min, max }), { minLength: rank, maxLength: rank })
    return fc.record({
      image: each(2, 5),
      size: each(1, 3),
      strides: each(1, 3),
      dilation: fc.oneof({ weight: 3, arbitrary: fc.constant(Array(rank).fill(1)) }, each(1, 2)),
      before: each(0, 2),
      after: each(0, 2),
    })
  })
  .map(windows => ({
    ...windows,
    counts: windows.image.map((extent, k) => {
      const room = windows.before[k]! + extent + windows.after[k]!
      return Math.floor((room - (windows.size[k]! - 1) * windows.dilation[k]! - 1) / windows.strides[k]!) + 1
    }),
  }))
  .filter(({ counts }) => counts.every(count => count >= 1))

/** A convolution with what it needs before it: an image or a sequence. */
export const convolutions: fc.Arbitrary<Link[]> = fc
  .record({
    windows: windowed,
    groups: fc.integer({ min: 1, max: 3 }),
    channels: fc.integer({ min: 1, max: 2 }),
    filters: fc.integer({ min: 1, max: 2 }),
    result: conversions(12),
  })
  .chain(({ windows: { image, counts, size, ...windows }, groups, channels, filters, result }) => {
    const seen = size.reduce((product, extent) => product * extent, channels)
    const all = filters * groups
    return fc
      .record({
        weight: tensors(seen * all),
        bias: tensors(all),
        accum: conversions(18),
        out: conversions(14),
        Strategy: fc.constantFrom('Latency', 'Resource', 'DA'),
        ReuseFactor: fc.integer({ min: 1, max: seen }),
      })
      .map(({ weight, bias, accum, out, ...choices }): Link[] => [
        { kind: 'input', attrs: {}, shape: [...image, channels * groups], conversions: { result } },
        {
          kind: 'conv',
          attrs: { filters: all, kernelSize: size, ...windows, groups },
          shape: [...counts, all],
          conversions: { accum, result: out, weight: conversion(weight.type), bias: conversion(bias.type) },
          weights: { weight: { ...weight, shape: [...size, channels, all] }, bias },
          choices,
        },
      ])
  })

/** Pooling over windows, or over all of an image. */
export const pools: fc.Arbitrary<Link[]> = fc
  .record({
    windows: windowed,
    channels: fc.integer({ min: 1, max: 2 }),
    reduce: fc.constantFrom('max', 'average'),
    countPadding: fc.boolean(),
    whole: fc.boolean(),
    keepDims: fc.boolean(),
    input: conversions(12),
    accum: conversions(14),
    result: conversions(12),
  })
  .filter(({ windows: { size, before, after, dilation } }) =>
    size.every((extent, k) => before[k]! < extent && after[k]! < extent && dilation[k] === 1),
  )
  .map(({ windows, channels, reduce, countPadding, whole, keepDims, input, accum, result }): Link[] => {
    const { image, counts, size, strides, before, after } = windows
    const conversions = { accum, result }
    const source: Link = {
      kind: 'input',
      attrs: {},
      shape: [...image, channels],
      conversions: { result: input },
    }
    if (whole) {
      const shape = keepDims ? [...image.map(() => 1), channels] : [channels]
      return [source, { kind: 'global-pool', attrs: { reduce, keepDims }, shape, conversions }]
    }
    const attrs = { reduce, size, strides, before, after, countPadding }
    return [source, { kind: 'pool', attrs, shape: [...counts, channels], conversions }]
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
