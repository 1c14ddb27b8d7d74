// Decisions for the conformance suite.

import { type Conversion, conversion } from '../../fixed/types.ts'
import type { OpExample } from '../definition.ts'
import type { SpikeReadoutAttrs } from './attrs.ts'

const signed = (width: number, frac: number) => ({ signed: true, width, frac })
const unsigned = (width: number, frac: number) => ({ signed: false, width, frac })
const spikes = unsigned(1, 0)

const plain: SpikeReadoutAttrs = {
  rule: 'argmax_spike_count',
  mode: 'spike',
  classThreshold: 1,
  beta: 1,
  window: 0,
  emit: 'last',
}

function example(
  title: string,
  attrs: Partial<SpikeReadoutAttrs>,
  [steps, classes]: readonly [number, number],
  more: Partial<OpExample<SpikeReadoutAttrs>> & { readonly result: Conversion },
): OpExample<SpikeReadoutAttrs> {
  const { result, conversions, ...rest } = more
  return {
    title,
    attrs: { ...plain, ...attrs },
    inputs: [{ shape: [steps, classes], type: spikes }],
    weights: {},
    conversions: { membrane: conversion(signed(8, 2)), ...conversions, result },
    ...rest,
  }
}

export const spikeReadoutExamples: readonly OpExample<SpikeReadoutAttrs>[] = [
  example('the most spikes', {}, [5, 3], { result: conversion(unsigned(2, 0)), floatBound: 0 }),
  example(
    'the first class with three spikes, at every step, two windows',
    { rule: 'first_to_threshold', classThreshold: 3, window: 5, emit: 'all' },
    [10, 3],
    {
      result: conversion(signed(5, 1)),
      inputs: [{ shape: [10, 3], type: signed(2, 0) }],
      floatBound: 0,
    },
  ),
  example('a threshold that few reach', { rule: 'threshold_then_argmax', classThreshold: 6 }, [8, 4], {
    result: conversion(unsigned(2, 0)),
    floatBound: 0,
  }),
  example('by how much the second leads', { rule: 'binary_logit', window: 3 }, [6, 2], {
    result: conversion(signed(3, 0)),
    floatBound: 0,
  }),
  example(
    'leaking membranes',
    { rule: 'argmax_membrane', mode: 'membrane', beta: 0.9, emit: 'all' },
    [6, 3],
    {
      inputs: [{ shape: [6, 3], type: signed(6, 3) }],
      conversions: { membrane: conversion(signed(9, 5), 'RND', 'SAT') },
      result: conversion(unsigned(2, 0)),
    },
  ),
  example(
    'by how much the second membrane leads, wrapping',
    { rule: 'binary_logit', mode: 'membrane', beta: 0.75 },
    [70, 2],
    {
      inputs: [{ shape: [70, 2], type: signed(6, 3) }],
      conversions: { membrane: conversion(signed(7, 3)) },
      result: conversion(signed(6, 2)),
    },
  ),
]
