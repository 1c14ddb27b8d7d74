// Random convolutions, pooling and recurrent layers, each with the input it reads.

import fc from 'fast-check'
import { conversion } from '../../../fixed/types.ts'
import type { LstmAttrs } from '../../../ops/lstm/index.ts'
import type { Link } from './random-layers.ts'
import { bit, conversions, tensors } from './random-types.ts'

/** Windows over an image or a sequence, and the inputs of an image they fit. */
const windowed = fc
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
  .chain(windows => fc.integer({ min: 1, max: 3 }).map(images => severalOf(windows, images)))

interface RandomWindows {
  readonly image: number[]
  readonly size: number[]
  readonly strides: number[]
  readonly dilation: number[]
  readonly before: number[]
  readonly after: number[]
  readonly counts: number[]
}

/** The same over so many images, behind an axis of their own; 1 leaves them as they are. */
function severalOf(windows: RandomWindows, images: number): RandomWindows {
  if (images === 1) return windows
  const { image, size, strides, dilation, before, after, counts } = windows
  return {
    image: [images, ...image],
    size: [1, ...size],
    strides: [1, ...strides],
    dilation: [1, ...dilation],
    before: [0, ...before],
    after: [0, ...after],
    counts: [images, ...counts],
  }
}

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
    perStep: fc.boolean(),
    input: conversions(12),
    accum: conversions(14),
    result: conversions(12),
  })
  .filter(({ windows: { size, before, after, dilation } }) =>
    size.every((extent, k) => before[k]! < extent && after[k]! < extent && dilation[k] === 1),
  )
  .map(({ windows, channels, reduce, countPadding, whole, keepDims, ...more }): Link[] => {
    const { input, accum, result } = more
    const { image, counts, size, strides, before, after } = windows
    const conversions = { accum, result }
    const source: Link = {
      kind: 'input',
      attrs: {},
      shape: [...image, channels],
      conversions: { result: input },
    }
    if (whole) {
      const perStep = more.perStep && image.length > 1
      const [steps, axes] = perStep ? [image.slice(0, 1), image.slice(1)] : [[], image]
      const shape = [...steps, ...(keepDims ? axes.map(() => 1) : []), channels]
      const attrs = { reduce, keepDims, ...(perStep && { perStep }) }
      return [source, { kind: 'global-pool', attrs, shape, conversions }]
    }
    const attrs = { reduce, size, strides, before, after, countPadding }
    return [source, { kind: 'pool', attrs, shape: [...counts, channels], conversions }]
  })

const gates = { lstm: 4, gru: 3, 'simple-rnn': 1 } as const
const functions = ['tanh', 'sigmoid', 'softplus', 'softsign', 'relu', 'linear', 'hard_sigmoid'] as const

/** What a cell over a short sequence is. */
const cells = fc.record({
  cell: fc.constantFrom('lstm', 'gru', 'simple-rnn'),
  steps: fc.integer({ min: 1, max: 3 }),
  features: fc.integer({ min: 1, max: 3 }),
  units: fc.integer({ min: 1, max: 2 }),
  activation: fc.constantFrom(...functions),
  recurrentActivation: fc.constantFrom(...functions),
  resetAfter: fc.boolean(),
  within: fc.constantFrom<LstmAttrs['within']>(
    undefined,
    undefined,
    { activation: 'fixed<6,1,RND_CONV,SAT>', recurrentActivation: 'ufixed<5,0,RND_CONV,SAT>' },
    { activation: 'fixed<5,2,RND,SAT>', state: 'fixed<7,1,RND_CONV,SAT_SYM>', curves: ['activation'] },
    { recurrentActivation: 'fixed<6,1,RND_CONV,SAT>', curves: ['recurrentActivation'] },
  ),
  returnSequences: fc.boolean(),
  goBackwards: fc.boolean(),
  keepsOrder: fc.boolean(),
  returnState: fc.boolean(),
  isGiven: fc.boolean(),
  /** A sequence for every one of so many steps; 0: one sequence. */
  sequences: fc.constantFrom(0, 0, 2, 3),
  state: conversions(12),
  merge: fc.constantFrom('concat', 'sum', 'mul', 'ave'),
  input: conversions(12),
  accum: conversions(18),
  result: conversions(14),
  table: conversions(14),
  Strategy: fc.constantFrom('Latency', 'Resource'),
  TableSize: fc.constantFrom(16, 256),
})
type Cell = typeof cells extends fc.Arbitrary<infer T> ? T : never

/** Weights of a cell, `prefix` before their roles. */
function cellWeights({ cell, features, units }: Cell, prefix: string) {
  const columns = gates[cell] * units
  return fc
    .record({
      weight: tensors(features * columns),
      recurrent: tensors(units * columns),
      bias: tensors(columns),
      recurrentBias: fc.option(tensors(columns)),
    })
    .map(({ weight, recurrent, bias, recurrentBias }) => ({
      conversions: {
        [`${prefix}weight`]: conversion(weight.type),
        [`${prefix}recurrent_weight`]: conversion(recurrent.type),
        [`${prefix}bias`]: conversion(bias.type),
        [`${prefix}recurrent_bias`]: conversion(recurrentBias?.type ?? bit.to),
      },
      weights: {
        [`${prefix}weight`]: { ...weight, shape: [features, columns] },
        [`${prefix}recurrent_weight`]: { ...recurrent, shape: [units, columns] },
        [`${prefix}bias`]: bias,
        ...(recurrentBias !== null && { [`${prefix}recurrent_bias`]: recurrentBias }),
      },
    }))
}

function sequenceInput({ sequences, steps, features, input }: Cell): Link {
  const shape = [...(sequences > 0 ? [sequences] : []), steps, features]
  return { kind: 'input', attrs: {}, shape, conversions: { result: input } }
}

const stateCounts = { lstm: 2, gru: 1, 'simple-rnn': 1 } as const

/** Inputs that give the states to begin with, where the layer has such. */
function stateInputs({ cell, units, state, isGiven, sequences }: Cell, directions: number): Link[] {
  const count = isGiven && sequences === 0 ? stateCounts[cell] * directions : 0
  return Array.from({ length: count }, () => ({
    kind: 'input',
    attrs: {},
    shape: [units],
    conversions: { result: state },
  }))
}

/** Rows of outputs and states, or the last output alone. */
function recurrentShape(own: Cell, width: number, returnState: boolean, cells = 1) {
  const { steps, cell, returnSequences, sequences } = own
  const outputs = returnSequences ? steps : 1
  const outer = sequences > 0 ? [sequences] : []
  if (returnState) return [...outer, outputs + cells * stateCounts[cell], width]
  return [...outer, ...(returnSequences ? [outputs] : []), width]
}

const curved: readonly string[] = ['tanh', 'sigmoid', 'softplus', 'softsign']

/** Quantisers within a step, of the functions that a cell has. */
function withinOf(own: Cell) {
  if (own.within === undefined) return {}
  const { recurrentActivation, curves = [], ...others } = own.within
  const hasGates = own.cell !== 'simple-rnn' && recurrentActivation !== undefined
  const kept = curves.filter(which => curved.includes(own[which]))
  const within = {
    ...others,
    ...(hasGates && { recurrentActivation }),
    ...(kept.length > 0 && { curves: kept }),
  }
  return { within }
}

/** An LSTM, a GRU or a plain recurrent layer. */
export const recurrents: fc.Arbitrary<Link[]> = cells.chain(own =>
  cellWeights(own, '').map(({ conversions: types, weights }): Link[] => {
    const { cell, features, units, returnSequences, goBackwards, activation } = own
    const { keepsOrder, returnState } = own
    const before = [sequenceInput(own), ...stateInputs(own, 1)]
    const { accum, result, table, Strategy, TableSize } = own
    const attrs = {
      units,
      returnSequences,
      goBackwards,
      keepsOrder,
      returnState,
      ...(own.sequences > 0 && { perStep: true }),
      activation,
      ...withinOf(own),
      ...(cell !== 'simple-rnn' && { recurrentActivation: own.recurrentActivation }),
      ...(cell === 'gru' && { resetAfter: own.resetAfter }),
    }
    return [
      ...before,
      {
        kind: cell,
        attrs,
        reads: before.map((_, k) => k),
        shape: recurrentShape(own, units, returnState),
        conversions: { ...types, accum, result, table },
        weights,
        choices: { Strategy, TableSize, ReuseFactor: features, RecurrentReuseFactor: units },
      },
    ]
  }),
)

/** Two cells of a kind over a sequence, from both ends. */
export const bidirectionals: fc.Arbitrary<Link[]> = cells.chain(own =>
  fc.tuple(cellWeights(own, 'forward_'), cellWeights(own, 'backward_')).map(([ahead, back]): Link[] => {
    const { cell, features, units, activation, recurrentActivation, resetAfter } = own
    const { returnSequences, merge, accum, result, table, Strategy, TableSize } = own
    const width = merge === 'concat' ? 2 * units : units
    const { returnState } = own
    const before = [sequenceInput(own), ...stateInputs(own, 2)]
    const form = { cell, units, activation, recurrentActivation, resetAfter, returnSequences, returnState }
    return [
      ...before,
      {
        kind: 'bidirectional',
        attrs: { ...form, merge, ...withinOf(own), ...(own.sequences > 0 && { perStep: true }) },
        reads: before.map((_, k) => k),
        shape: recurrentShape(own, width, returnState, merge === 'concat' ? 1 : 2),
        conversions: { ...ahead.conversions, ...back.conversions, accum, result, table },
        weights: { ...ahead.weights, ...back.weights },
        choices: {
          Strategy,
          TableSize,
          ForwardReuseFactor: features,
          ForwardRecurrentReuseFactor: units,
          BackwardReuseFactor: 1,
          BackwardRecurrentReuseFactor: units,
        },
      },
    ]
  }),
)
