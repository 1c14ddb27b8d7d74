// Instances for the conformance suite.

import { type Conversion, conversion, type FixedType } from '../../fixed/types.ts'
import type { OpExample, RawValues } from '../definition.ts'
import type { UnaryTableAttrs } from './tables.ts'

const entry: FixedType = { signed: true, width: 6, frac: 4 }

function table(elements: readonly number[], count: number): RawValues {
  const size = elements.reduce((product, extent) => product * extent, count)
  return {
    shape: [...elements, count],
    type: entry,
    raw: Array.from({ length: size }, (_, k) => BigInt(((k * 23 + 7) % 64) - 32)),
  }
}

interface Case {
  readonly title: string
  readonly index: FixedType
  readonly input: FixedType
  readonly shape?: readonly number[]
  readonly own?: boolean
  readonly result?: Conversion
}

function example({ title, index, input, shape = [4], own = false, result = conversion(entry) }: Case) {
  const { signed, width, frac } = index
  return {
    title,
    attrs: { signed, width, frac },
    inputs: [{ shape, type: input }],
    weights: { table: table(own ? shape : [], 2 ** width) },
    conversions: { result },
  }
}

const signed = (width: number, frac: number): FixedType => ({ signed: true, width, frac })
const unsigned = (width: number, frac: number): FixedType => ({ signed: false, width, frac })

export const unaryTableExamples: readonly OpExample<UnaryTableAttrs>[] = [
  { ...example({ title: 'words of the index', index: signed(5, 2), input: signed(5, 2) }), floatBound: 1e-9 },
  example({ title: 'without sign', index: unsigned(4, 4), input: unsigned(4, 4) }),
  example({ title: 'wider and finer words, rounded and wrapped', index: signed(4, 1), input: signed(9, 4) }),
  example({ title: 'narrower and coarser words', index: signed(6, 3), input: signed(3, 0) }),
  example({
    title: 'signed words of an unsigned input',
    index: signed(3, 1),
    input: unsigned(5, 1),
    result: conversion(signed(4, 3), 'RND', 'SAT'),
  }),
  example({
    title: 'a table for every element',
    index: signed(3, 0),
    input: signed(4, 1),
    shape: [2, 3],
    own: true,
    result: conversion(unsigned(4, 3), 'RND_ZERO', 'SAT'),
  }),
  example({ title: 'one entry', index: unsigned(0, 0), input: signed(4, 1) }),
]
