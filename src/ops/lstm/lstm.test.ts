import { describe, expect, it } from 'vitest'
import { runPlan } from '../../fixed/kernel-meaning.ts'
import { conversion, type FixedType, includesType, maxRaw, minRaw } from '../../fixed/types.ts'
import { uniform } from '../../ir/tensor-type.ts'
import { createStreamSimulation } from '../../rtl/run-stream.ts'
import { isRefusal, type PrecisionRequest, type RoleConversions } from '../definition.ts'
import { typedOpOfExample } from '../typed-op.ts'
import type { LstmAttrs } from './attrs.ts'
import { lstm } from './index.ts'

const example = lstm.examples[0]!
const input: FixedType = example.inputs[0]!.type
const shape = example.inputs[0]!.shape

function requestOf(attrs: LstmAttrs): PrecisionRequest<LstmAttrs> {
  return {
    name: 'lstm',
    attrs,
    inputs: [{ shape, element: uniform(input) }],
    inputConversions: [],
    shape: [],
    quantisers: {},
    asked: () => ({ kind: 'auto' }),
    modelDefault: conversion({ signed: true, width: 16, frac: 10 }),
    maximum: undefined,
    weight: () => undefined,
    rawWeight: role => example.weights[role],
  }
}

const samples = Array.from({ length: 40 }, (_, n) =>
  Array.from({ length: shape[0]! * shape[1]! }, (_, k) => {
    const span = Number(maxRaw(input) - minRaw(input)) + 1
    return n < 2
      ? n === 0
        ? minRaw(input)
        : maxRaw(input)
      : minRaw(input) + BigInt((n * 7919 + k * 104729) % span)
  }),
)

function outputsWith(conversions: RoleConversions): bigint[][] {
  const op = typedOpOfExample(lstm, { ...example, conversions })
  return samples.map(sample => [...runPlan(lstm.emulate(op), [sample])])
}

describe('lossless types of an LSTM', () => {
  const types = lstm.inferLossless(requestOf(example.attrs))

  it('give the same bits as types that are wider everywhere but in the states', () => {
    const wider = { ...types.accum!.to, width: types.accum!.to.width + 24, frac: types.accum!.to.frac + 12 }
    expect(outputsWith(types)).toEqual(outputsWith({ ...types, accum: conversion(wider) }))
  })

  it('hold a state that grows by one with every step', () => {
    expect(
      includesType(types.result!.to, { signed: true, width: shape[0]!.toString(2).length + 1, frac: 0 }),
    ).toBe(true)
    expect(types.result).toMatchObject({ rounding: 'RND', overflow: 'SAT' })
  })
})

describe('the process of an LSTM', () => {
  it('begins every sequence from zero states, also after a reset within one', () => {
    const op = typedOpOfExample(lstm, example)
    const answer = lstm.rtl(op)
    if (isRefusal(answer) || answer.form !== 'process') throw new Error('an LSTM is a process')
    const { module } = answer.build({ clockNs: 5, family: 'xc7', name: 'lstm' })
    const simulation = createStreamSimulation(module)
    const frame = Array.from({ length: shape[0]! }, (_, t) =>
      samples[5]!.slice(t * shape[1]!, (t + 1) * shape[1]!),
    )
    const expected = [...runPlan(lstm.emulate(op), [samples[5]!])]
    for (const resetAt of [20, 33, 47]) {
      const run = simulation.run({ s_data: [frame, frame, frame] }, { resetAt })
      expect(run.outputs.m_data).toEqual([[expected], [expected], [expected]])
    }
  })
})
