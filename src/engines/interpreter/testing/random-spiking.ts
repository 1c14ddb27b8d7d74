// Random spiking neurons and decisions, each with the sequence it reads.

import fc from 'fast-check'
import { conversion } from '../../../fixed/types.ts'
import { decisionRules } from '../../../ops/spike-readout/attrs.ts'
import type { Link } from './random-layers.ts'
import { conversions, tensors } from './random-types.ts'

const sequences = fc.record({
  windows: fc.integer({ min: 1, max: 3 }),
  steps: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 5 }) }, fc.constant(70)),
  size: fc.integer({ min: 1, max: 4 }),
  result: conversions(10),
})

/** A layer of integrate-and-fire neurons. */
export const neurons: fc.Arbitrary<Link[]> = sequences.chain(({ windows, steps, size, result }) =>
  fc
    .record({
      leaky: fc.boolean(),
      reset: fc.constantFrom('subtract', 'zero'),
      threshold: fc.oneof(tensors(1), tensors(size)),
      beta: fc.oneof(tensors(1), tensors(size)),
      membrane: conversions(14),
      out: conversions(6),
    })
    .map(({ leaky, reset, threshold, beta, membrane, out }): Link[] => [
      { kind: 'input', attrs: {}, shape: [windows * steps, size], conversions: { result } },
      {
        kind: 'integrate-fire',
        attrs: { leaky, reset, window: windows === 1 ? 0 : steps },
        shape: [windows * steps, size],
        conversions: {
          result: out,
          membrane,
          beta: conversion(beta.type),
          threshold: conversion(threshold.type),
        },
        weights: { threshold, ...(leaky && { beta }) },
      },
    ]),
)

/** A decision between classes. */
export const decisions: fc.Arbitrary<Link[]> = sequences.chain(({ windows, steps, size, result }) =>
  fc
    .record({
      rule: fc.constantFrom(...decisionRules),
      inMembranes: fc.boolean(),
      classThreshold: fc.integer({ min: 1, max: 6 }),
      beta: fc.constantFrom(1, 0.9, 0.5, 0),
      emit: fc.constantFrom('all', 'last'),
      membrane: conversions(14),
      out: conversions(8),
    })
    .map(({ rule, inMembranes, classThreshold, beta, emit, membrane, out }): Link[] => {
      const classes = rule === 'binary_logit' ? 2 : size
      const mode =
        rule === 'argmax_membrane' || (rule === 'binary_logit' && inMembranes) ? 'membrane' : 'spike'
      const window = windows === 1 ? 0 : steps
      return [
        { kind: 'input', attrs: {}, shape: [windows * steps, classes], conversions: { result } },
        {
          kind: 'spike-readout',
          attrs: { rule, mode, classThreshold, beta, window, emit },
          shape: [emit === 'all' ? windows * steps : windows, 1],
          conversions: { result: out, membrane },
        },
      ]
    }),
)
