// Random convolutions and LSTMs, each with the input it reads.

import fc from 'fast-check'
import { conversion } from '../../../fixed/types.ts'
import type { Link } from './random-layers.ts'
import { bit, conversions, tensors } from './random-types.ts'

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
