// What operators find wrong with their own types and sizes.

import { describe, expect, it } from 'vitest'
import { conversion } from '../fixed/types.ts'
import { dense } from './dense/index.ts'
import { softmax } from './softmax/index.ts'
import { typedOpOfExample } from './typed-op.ts'

describe('dense', () => {
  const example = (inputs: number, strategy: string) => ({
    ...dense.examples[0]!,
    attrs: { units: 64, weightCoding: 'plain', inputCoding: 'plain' } as const,
    inputs: [{ shape: [inputs], type: { signed: true, width: 8, frac: 5 } }],
    weights: {
      weight: {
        shape: [inputs, 64],
        type: { signed: true, width: 2, frac: 0 },
        raw: new Array<bigint>(inputs * 64).fill(1n),
      },
    },
    choices: { Strategy: strategy },
  })

  it('finds more than 4096 products built at once', () => {
    expect(dense.findings(typedOpOfExample(dense, example(65, 'Latency')))).toEqual([
      {
        code: 'rtl/many-products',
        problem: 'its 4160 products are all built at once (strategy Latency), more than 4096',
        remedy:
          'Give it a ReuseFactor above 1 (Strategy: Resource), prune it, or split the layer; building and synthesis will take long.',
      },
    ])
  })

  it.each([
    [64, 'Latency'],
    [65, 'Distributed_Arithmetic'],
  ])('is silent about %i inputs under %s', (inputs, strategy) => {
    expect(dense.findings(typedOpOfExample(dense, example(inputs, strategy)))).toEqual([])
  })
})

describe('softmax', () => {
  const example = (frac: number) => ({
    ...softmax.examples[0]!,
    inputs: [{ shape: [3], type: { signed: true, width: 38, frac } }],
    conversions: {
      ...softmax.examples[0]!.conversions,
      inp_norm: conversion({ signed: false, width: 37, frac }),
    },
    choices: { Implementation: 'stable', TableSize: 1024 },
  })

  it('finds a table whose step leaves only ones and zeros', () => {
    const [found, ...others] = softmax.findings(typedOpOfExample(softmax, example(20)))
    expect(others).toEqual([])
    expect(found).toEqual({
      code: 'softmax/one-hot',
      problem:
        "its exponential table is addressed by the top 10 bits of a 37-bit type, so one step is 128 and e^−128 is 0 in its table's type: it can only give 1 and 0, or equal shares where inputs differ by less",
      remedy:
        "Its input has 38 bits, 18 of them integer; set Precision.result of 'input 0' to e.g. fixed<16,6>, so that the table sees the bits that matter.",
    })
  })

  it('finds a table whose step leaves few probabilities', () => {
    const [found] = softmax.findings(typedOpOfExample(softmax, example(27)))
    expect(found?.code).toBe('softmax/coarse-table')
    expect(found?.problem).toMatch(/one step is 1 and e\^−1 = 3\.7e−1: probabilities are lost/)
  })

  it('is silent where a step is below one', () => {
    expect(softmax.findings(typedOpOfExample(softmax, example(30)))).toEqual([])
  })
})
