import { describe, expect, it } from 'vitest'
import { compileModel } from '../compile.ts'
import type { Batch } from '../engines/engine.ts'
import { createFixedEngine } from '../engines/fixed/fixed.ts'
import { fixedPrecision, printPrecision } from '../fixed/precision.ts'
import { importModel } from '../frontends/index.ts'
import {
  denseLayer,
  floats,
  inputLayer,
  kerasFile,
  layer,
  sequential,
  type TestLayer,
} from '../frontends/keras/testing/models.ts'
import { nodeNamed } from '../ir/graph.ts'
import { uniformType } from '../ir/tensor-type.ts'
import { type OpGraph, typeOfNode } from '../ops/typed-node.ts'
import { requestWidths } from './request-widths.ts'
import { resolveLossless } from './resolve-lossless.ts'

/** Bits and integers, sign included, by element. */
function quantiser(name: string, kbi: readonly (readonly number[])[], modes: object = {}): TestLayer {
  const shape = [1, kbi.length]
  const column = (index: number) => floats(shape, ...kbi.map(own => own[index]!))
  return {
    ...layer('FixedPointQuantizer', name, {
      RND: 'TRN',
      SAT: 'WRAP',
      overrides: {},
      fusible: false,
      shape,
      ...modes,
    }),
    weights: { keep_negative: column(0), bits: column(1), integers: column(2) },
  }
}

const dense = (name: string) => ({
  ...denseLayer(name, [3, 2]),
  weights: { kernel: floats([3, 2], 1.25, -0.5, 0.75, 2, -3.5, 0.25), bias: floats([2], 0.125, -1) },
})

const first = quantiser('q', [
  [1, 8, 4],
  [1, 8, 4],
  [1, 8, 4],
])

/** The types before and after the pass, and whether the outputs stay the same. */
async function narrowed(between: readonly TestLayer[]) {
  const layers = [inputLayer('x', 3), first, dense('d'), ...between]
  const source = await importModel([{ name: 'm.h5', bytes: await kerasFile(layers, sequential(layers)) }])
  let before: OpGraph | undefined
  const onPass = (pass: { name: string }, graph: OpGraph) => {
    if (pass.name === resolveLossless.name) before = graph
  }
  const { typed } = compileModel(source, { onPass, verifyPasses: true })
  const rows: Batch = {
    rows: 200,
    shape: [3],
    data: Float64Array.from({ length: 600 }, (_, k) => 9 * Math.sin(12.9898 * k)),
  }
  const raws = [before!, typed].map(graph => createFixedEngine(graph).run([rows], graph.outputs))
  expect(raws[1]!.get(typed.outputs[0]!)).toEqual(raws[0]!.get(before!.outputs[0]!))
  const type = (graph: OpGraph, name: string) => {
    const { rounding, overflow, saturationBits } = nodeNamed(graph, name).resolved.result!
    const to = uniformType(typeOfNode(nodeNamed(graph, name)))!
    return printPrecision(fixedPrecision({ to, rounding, overflow, saturationBits }), 'short')
  }
  return { typeBefore: (name: string) => type(before!, name), typeOf: (name: string) => type(typed, name) }
}

const two = (...kbi: readonly number[]) => [kbi, kbi]

// What is made: 4 integer and 4 fraction bits times weights of 2 and 2 fraction bits, and a bias: fixed<14,7> exactly.
describe('widths asked for by quantisers', () => {
  it('wrapping and flooring, take its type', async () => {
    const { typeBefore, typeOf } = await narrowed([quantiser('r', two(1, 5, 3))])
    expect(typeBefore('d')).toBe('fixed<13,7>')
    expect(typeOf('d')).toBe('fixed<5,3>')
  })

  it('rounding half up, take a bit more of fraction, and rounding otherwise all of it', async () => {
    expect((await narrowed([quantiser('r', two(1, 5, 3), { RND: 'RND' })])).typeOf('d')).toBe('fixed<6,3>')
    expect((await narrowed([quantiser('r', two(1, 5, 3), { RND: 'RND_CONV' })])).typeOf('d')).toBe(
      'fixed<9,3>',
    )
  })

  it('saturating, keep all integer bits', async () => {
    expect((await narrowed([quantiser('r', two(1, 5, 3), { SAT: 'SAT' })])).typeOf('d')).toBe('fixed<9,7>')
  })

  it('are the widest of all elements, and none for those that are dropped', async () => {
    const kbi = [
      [1, 4, 2],
      [1, 6, 5],
    ]
    expect((await narrowed([quantiser('r', kbi)])).typeOf('d')).toBe('fixed<7,5>')
    expect((await narrowed([quantiser('r', [kbi[0]!, [1, 0, 0]])])).typeOf('d')).toBe('fixed<4,2>')
    expect((await narrowed([quantiser('r', two(1, 0, 0))])).typeOf('d')).toBe('ufixed<0,0>')
  })

  it('through a ReLU, are the fraction alone', async () => {
    const { typeOf } = await narrowed([layer('ReLU', 'relu'), quantiser('r', two(0, 4, 3))])
    expect(typeOf('relu')).toBe('ufixed<4,3>')
    expect(typeOf('d')).toBe('fixed<8,7>')
  })

  it('without a sign and wider, leave a result its sign', async () => {
    const { typeOf } = await narrowed([quantiser('r', two(0, 12, 10))])
    expect(typeOf('d')).toBe('fixed<9,7>')
  })

  it('are those of readers: a result that goes out is whole', async () => {
    expect((await narrowed([])).typeOf('d')).toBe('fixed<13,7>')
  })

  it('change nothing where no quantiser is HGQ’s', async () => {
    const layers = [inputLayer('x', 3), dense('d')]
    const source = await importModel([{ name: 'm.h5', bytes: await kerasFile(layers, sequential(layers)) }])
    const { typed } = compileModel(source, {
      inputTypes: new Map([['x', { signed: true, width: 8, frac: 4 }]]),
    })
    expect(requestWidths.run(typed, undefined as never)).toBe(typed)
  })
})
