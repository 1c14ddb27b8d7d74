import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Conversion, conversion } from '../../fixed/types.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { type Batch, rawRow } from '../engine.ts'
import { createFixedEngine } from '../fixed/fixed.ts'
import { interpret } from './interpret.ts'
import { einsumDenses, einsums } from './testing/random-contractions.ts'
import { batches, bitPairs, chainOf, chains, pairs } from './testing/random-graph.ts'
import { garNets, gatheringsOfNeighbours } from './testing/random-graph-layers.ts'
import { bidirectionals, convolutions, pools, recurrents } from './testing/random-images.ts'
import { embeddingLink, type Link, links } from './testing/random-layers.ts'
import { dots, merges, moves } from './testing/random-shapes.ts'
import { decisions, neurons } from './testing/random-spiking.ts'

const seed = Number(process.env.FC_SEED ?? Date.now() % 1_000_000_000)
const scale = Number(process.env.FC_SCALE ?? 1)

/** The first place where the two roads part, in words; empty when they agree. */
function difference(graph: OpGraph, batches: readonly Batch[]): string {
  const names = graph.nodes.map(node => node.name)
  const slow = interpret(graph, batches, names)
  const fast = createFixedEngine(graph).run(batches, names)
  for (const name of names) {
    for (let row = 0; row < batches[0]!.rows; row++) {
      const a = rawRow(slow.get(name)!, row)
      const b = rawRow(fast.get(name)!, row)
      const at = a.findIndex((raw, index) => raw !== b[index])
      if (at >= 0) return `${name}[${at}] of row ${row}: interpreter ${a[at]}, engine ${b[at]}`
    }
  }
  return ''
}

function agreeOn(chain: fc.Arbitrary<Link[]>, rows: number, numRuns: number): void {
  const cases = chain.chain(all => {
    const inputs = all.filter(link => link.kind === 'input')
    return fc.tuple(fc.constant(chainOf(all)), fc.tuple(...inputs.map(link => batches(link, rows))))
  })
  fc.assert(
    fc.property(cases, ([graph, given]) => {
      expect(difference(graph, given)).toBe('')
    }),
    { seed, numRuns: numRuns * scale },
  )
}

describe(`the interpreter and the fixed engine agree, seed ${seed}`, () => {
  for (const [name, link] of Object.entries(links)) {
    it(`on ${name}`, () => agreeOn(pairs(link), 2, 300))
  }

  it('on dense of single-bit inputs', () => agreeOn(bitPairs, 2, 300))

  for (const [name, network] of Object.entries(moves)) it(`on ${name}`, () => agreeOn(network, 2, 100))

  it('on convolutions', () => agreeOn(convolutions, 1, 100))

  it('on pooling', () => agreeOn(pools, 2, 200))

  it('on merges', () => agreeOn(merges, 2, 200))

  it('on inner products', () => agreeOn(dots, 2, 100))

  it('on contractions of two tensors', () => agreeOn(einsums, 2, 200))

  it('on contractions with a constant kernel', () => agreeOn(einsumDenses, 2, 200))

  it('on embeddings', () => agreeOn(pairs(embeddingLink), 2, 200))

  it('on recurrent layers', () => agreeOn(recurrents, 1, 200))

  it('on bidirectional layers', () => agreeOn(bidirectionals, 1, 100))

  it('on spiking neurons', () => agreeOn(neurons, 1, 200))

  it('on decisions over time', () => agreeOn(decisions, 1, 200))

  it('on GarNet layers', () => agreeOn(garNets, 2, 200))

  it('on gatherings of neighbours', () => agreeOn(gatheringsOfNeighbours, 2, 200))

  it('on random networks', () => agreeOn(chains, 3, 500))
})

const signed = (width: number, frac: number) => ({ signed: true, width, frac })
const unsigned = (width: number, frac: number) => ({ signed: false, width, frac })

/** An input of one type and one layer over it. */
function layer(input: Conversion, link: Partial<Link> & Pick<Link, 'kind' | 'conversions'>): OpGraph {
  const size = link.weights?.weight?.raw.length ?? 1
  const source: Link = { kind: 'input', attrs: {}, shape: [size], conversions: { result: input } }
  return chainOf([source, { attrs: {}, shape: [1], ...link }])
}

function row(...values: number[]): Batch {
  return { rows: 1, shape: [values.length], data: Float64Array.from(values) }
}

const oneUnit = (weightCoding: 'plain' | 'exponent') => ({ units: 1, weightCoding, inputCoding: 'plain' })

/** Smallest cases of what the two roads disagreed on, with what the document says. */
const smallest: readonly {
  title: string
  graph: OpGraph
  batch: Batch
  raw: readonly bigint[]
}[] = [
  {
    title: 'ternary tanh: 0 of a type without fraction bits is 0',
    graph: layer(conversion(signed(4, -1)), {
      kind: 'ternary-tanh',
      attrs: { threshold: 0.5 },
      conversions: { result: conversion(signed(2, 0)) },
    }),
    batch: row(0),
    raw: [0n],
  },
  {
    title: "ternary tanh: 2x takes the input's own overflow, here saturation",
    graph: layer(conversion(signed(4, 2), 'TRN', 'SAT'), {
      kind: 'ternary-tanh',
      attrs: { threshold: 0.5 },
      conversions: { result: conversion(signed(2, 0)) },
    }),
    batch: row(1.5),
    raw: [1n],
  },
  {
    title: 'threshold: x above a threshold of fewer fraction bits, by less than its step',
    graph: layer(conversion(signed(6, 4)), {
      kind: 'threshold',
      attrs: { levels: 3 },
      conversions: {
        result: conversion(signed(2, 0)),
        threshold_hi: conversion(signed(4, 0)),
        threshold_lo: conversion(signed(4, 0)),
      },
      weights: {
        threshold_hi: { type: signed(4, 0), raw: [0n] },
        threshold_lo: { type: signed(4, 0), raw: [0n] },
      },
    }),
    batch: row(0.0625),
    raw: [1n],
  },
  {
    title: 'exponent weights: bits are dropped before the sign is applied',
    graph: layer(conversion(unsigned(1, 3)), {
      kind: 'dense',
      attrs: oneUnit('exponent'),
      conversions: {
        result: conversion(signed(8, 6)),
        accum: conversion(signed(8, 6)),
        weight: conversion(signed(2, 0)),
      },
      weights: { weight: { type: signed(5, 2), raw: [-2n] } },
      choices: { Strategy: 'Latency', ReuseFactor: 1 },
    }),
    batch: row(0.125),
    raw: [0n],
  },
  {
    title: "exponent scales: the input enters the product's type before it is shifted",
    graph: layer(conversion(unsigned(2, 5)), {
      kind: 'batch-norm',
      attrs: { scaleCoding: 'exponent' },
      conversions: {
        result: conversion(signed(8, 6)),
        scale: conversion(signed(2, 0)),
        bias: conversion(signed(2, 0)),
      },
      weights: { scale: { type: signed(5, 2), raw: [8n] }, bias: { type: signed(2, 0), raw: [0n] } },
    }),
    batch: row(0.03125),
    raw: [0n],
  },
  {
    title: 'Resource_Unrolled visits inputs as Resource does',
    graph: layer(conversion(signed(8, 0)), {
      kind: 'dense',
      attrs: oneUnit('plain'),
      conversions: {
        result: conversion(signed(8, 0)),
        accum: conversion(signed(4, 0), 'TRN', 'SAT'),
        weight: conversion(signed(2, 0)),
      },
      weights: { weight: { type: signed(2, 0), raw: [1n, 1n, 1n, 1n] } },
      choices: { Strategy: 'Resource_Unrolled', ReuseFactor: 2 },
    }),
    batch: row(5, -5, 5, -5),
    raw: [-3n],
  },
  {
    title: 'hard sigmoid: of a slope of several integer bits',
    graph: layer(conversion(unsigned(5, 3)), {
      kind: 'hard-activation',
      attrs: { function: 'hard_sigmoid', slope: 8, shift: 1 },
      conversions: {
        result: conversion(unsigned(2, 1)),
        slope: conversion(unsigned(1, -3)),
        shift: conversion(unsigned(1, 0)),
      },
    }),
    batch: row(3.875),
    raw: [2n],
  },
  {
    title: 'hard sigmoid: is 1 above its slope even where the line has no fraction bits',
    graph: layer(conversion(signed(3, -2)), {
      kind: 'hard-activation',
      attrs: { function: 'hard_sigmoid', slope: 0.5, shift: 0 },
      conversions: {
        result: conversion(unsigned(2, 1)),
        slope: conversion(unsigned(1, 1)),
        shift: conversion(unsigned(1, -1)),
      },
    }),
    batch: row(12),
    raw: [2n],
  },
]

describe('single values', () => {
  for (const { title, graph, batch, raw } of smallest) {
    it(`interpreter: ${title}`, () => {
      expect(rawRow(interpret(graph, [batch], ['n1']).get('n1')!, 0)).toEqual(raw)
    })
    it(`engine: ${title}`, () => {
      expect(rawRow(createFixedEngine(graph).run([batch], ['n1']).get('n1')!, 0)).toEqual(raw)
    })
  }
})
