import { describe, expect, it } from 'vitest'
import { compileModel } from '../compile.ts'
import type { Batch } from '../engines/engine.ts'
import { createFixedEngine, toNumbers } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { importModel } from '../frontends/index.ts'
import {
  denseLayer,
  floats,
  functional,
  inputLayer,
  kerasFile,
  layer,
  sequential,
  type TestLayer,
} from '../frontends/keras/testing/models.ts'
import { nodeNamed } from '../ir/graph.ts'
import { uniformType } from '../ir/tensor-type.ts'
import { type OpGraph, typeOfNode } from '../ops/typed-node.ts'
import { type LossKind, lossOf } from './loss.ts'
import { type Calibration, compileLossless, typeOfData } from './weight-bits.ts'

/** Values that no few bits hold, the same in every run. */
function noise(count: number, seed: number, scale = 1): number[] {
  return Array.from({ length: count }, (_, k) => scale * Math.sin(12.9898 * (k + 1) + 78.233 * seed))
}

function randomDense(name: string, shape: readonly [number, number], seed: number, more = {}): TestLayer {
  const weights = {
    kernel: floats(shape, ...noise(shape[0] * shape[1], seed)),
    bias: floats([shape[1]], ...noise(shape[1], seed + 1, 0.5)),
  }
  return { ...denseLayer(name, shape, more), weights }
}

async function imported(layers: readonly TestLayer[], model = sequential(layers)): Promise<OpGraph> {
  return importModel([{ name: 'small.h5', bytes: await kerasFile(layers, model) }])
}

const classifier = () =>
  imported([
    inputLayer('x', 4),
    randomDense('fc1', [4, 8], 1, { activation: 'relu' }),
    randomDense('fc2', [8, 3], 3, { activation: 'softmax' }),
  ])

/** Rows of multiples of 1/8 from −1 to 1. */
const rows = (count: number, size: number): Batch => ({
  rows: count,
  shape: [size],
  data: Float64Array.from(noise(count * size, 9), value => Math.round(8 * value) / 8),
})

function lossOfCompiled(source: OpGraph, typed: OpGraph, inputs: readonly Batch[], kind: LossKind): number {
  const [from, to] = [source.outputs[0]!, typed.outputs[0]!]
  const float = runFloat(source, inputs, [from]).get(from)!
  const raw = createFixedEngine(typed).run(inputs, [to]).get(to)!
  return lossOf(kind, float, toNumbers(nodeNamed(typed, to), raw))
}

/** Fraction bits asked for, read off the typed graph by compiling with other bits and comparing. */
function fracsOf(source: OpGraph, typed: OpGraph, keys: readonly string[]): Map<string, number> {
  return new Map(
    keys.map(key => {
      const [name, role] = key.split('.') as [string, string]
      const same = Array.from({ length: 17 }, (_, frac) => frac).find(frac => {
        const other = compileModel(source, {
          inputTypes: inputTypesOf(typed),
          weightFracs: new Map([[key, frac]]),
        })
        return rawText(other.typed, name, role) === rawText(typed, name, role)
      })
      return [key, same!]
    }),
  )
}

const inputTypesOf = (typed: OpGraph) =>
  new Map(
    typed.nodes
      .filter(({ kind }) => kind === 'input')
      .map(node => [node.name, uniformType(typeOfNode(node))!]),
  )

function rawText(graph: OpGraph, name: string, role: string): string {
  const tensor = graph.store.get(nodeNamed(graph, name).weights[role]!)
  return tensor?.form === 'raw' ? `${tensor.type.frac} ${tensor.raw.join(' ')}` : 'none'
}

describe('compileLossless', () => {
  const keys = ['fc1.weight', 'fc2.weight', 'fc1.bias', 'fc2.bias']

  it('keeps the loss asked for, and no tensor could do with a bit less', async () => {
    const source = await classifier()
    const inputs = [rows(120, 4)]
    const loss: LossKind = { kind: 'decisions' }
    const { typed, rules } = compileLossless(source, { inputs, loss, maxLoss: 0.02 }, { verifyPasses: true })
    expect(rules).toBe('lossless')
    expect(lossOfCompiled(source, typed, inputs, loss)).toBeLessThanOrEqual(0.02)
    const fracs = fracsOf(source, typed, keys)
    expect([...fracs.values()].every(frac => frac >= 4 && frac < 16)).toBe(true)
    // Tensors are cut one after the other: the last one cut was minimal with all others as they are.
    const last = keys.at(-1)!
    if (fracs.get(last)! > 4) {
      const weightFracs = new Map([...fracs, [last, fracs.get(last)! - 1]])
      const narrower = compileModel(source, { inputTypes: inputTypesOf(typed), weightFracs })
      expect(lossOfCompiled(source, narrower.typed, inputs, loss)).toBeGreaterThan(0.02)
    }
  })

  it('takes more bits for less loss', async () => {
    const source = await imported([inputLayer('x', 4), randomDense('fc1', [4, 2], 1)])
    const bits = (maxLoss: number) => {
      const calibration: Calibration = { inputs: [rows(60, 4)], loss: { kind: 'range' }, maxLoss }
      const { typed } = compileLossless(source, calibration)
      expect(lossOfCompiled(source, typed, calibration.inputs, calibration.loss)).toBeLessThanOrEqual(maxLoss)
      return fracsOf(source, typed, ['fc1.weight']).get('fc1.weight')!
    }
    const [loose, close] = [bits(0.05), bits(0.0005)]
    expect(loose).toBeLessThan(close)
  })

  it('gives a softmax more bits where its decisions lie closer together than the usual steps', async () => {
    const close = denseLayer('fc', [4, 3], { activation: 'softmax' })
    const weights = { kernel: floats([4, 3], ...noise(12, 2, 0.01)), bias: floats([3], 0, 0, 0) }
    const source = await imported([inputLayer('x', 4), { ...close, weights }])
    const calibration = { inputs: [rows(60, 4)], loss: { kind: 'decisions' as const }, maxLoss: 0.05 }
    const { typed } = compileLossless(source, calibration)
    expect(lossOfCompiled(source, typed, calibration.inputs, calibration.loss)).toBeLessThanOrEqual(0.05)
    expect(uniformType(typeOfNode(typed.nodes.at(-1)!))!.frac).toBeGreaterThan(8)
  })

  it('takes input types from the data, unless they are given', async () => {
    const source = await classifier()
    const calibration: Calibration = { inputs: [rows(40, 4)], loss: { kind: 'decisions' }, maxLoss: 0.05 }
    const typeOf = (given?: Parameters<typeof compileLossless>[2]) =>
      uniformType(typeOfNode(compileLossless(source, calibration, given).typed.nodes[0]!))
    expect(typeOf()).toEqual(typeOfData(calibration.inputs[0]!))
    const asked = { signed: true, width: 12, frac: 6 }
    expect(typeOf({ inputTypes: new Map([['x', asked]]) })).toEqual(asked)
  })

  it('refuses a loss that 16 fraction bits cannot keep', async () => {
    const source = await imported([inputLayer('x', 4), randomDense('fc1', [4, 2], 1)])
    const calibration: Calibration = { inputs: [rows(20, 4)], loss: { kind: 'range' }, maxLoss: 1e-9 }
    expect(() => compileLossless(source, calibration)).toThrow(
      /^precision\/loss-not-reached: model: with 16 fraction bits in every float tensor the loss is 0\.000\d+ %; expected at most 1e-7 %\./,
    )
  })

  it('holds every output to its loss', async () => {
    const layers = [
      inputLayer('x', 4),
      { ...randomDense('a', [4, 2], 1), reads: ['x'] },
      { ...randomDense('b', [4, 2], 5), reads: ['x'] },
    ]
    const source = await imported(layers, functional(layers, ['x'], ['a', 'b']))
    const calibration: Calibration = { inputs: [rows(60, 4)], loss: { kind: 'range' }, maxLoss: 0.001 }
    const { typed } = compileLossless(source, calibration)
    const swap = (graph: OpGraph) => ({ ...graph, outputs: graph.outputs.toReversed() })
    for (const [from, to] of [
      [source, typed],
      [swap(source), swap(typed)],
    ] as const)
      expect(lossOfCompiled(from, to, calibration.inputs, calibration.loss)).toBeLessThanOrEqual(0.001)
  })

  it('searches what is left after normalisations are folded in', async () => {
    const four = (seed: number, scale: number) => floats([4], ...noise(4, seed, scale))
    const norm = layer(
      'BatchNormalization',
      'bn',
      { axis: [1], epsilon: 0.001, center: true, scale: true },
      {
        gamma: floats([4], 1, 0.5, 0.75, 1.25),
        beta: four(1, 0.25),
        moving_mean: four(2, 0.5),
        moving_variance: floats([4], 1, 2, 0.5, 1),
      },
    )
    const source = await imported([inputLayer('x', 4), randomDense('fc1', [4, 4], 1), norm])
    const calibration: Calibration = { inputs: [rows(60, 4)], loss: { kind: 'range' }, maxLoss: 0.01 }
    const { typed } = compileLossless(source, calibration, { verifyPasses: true })
    expect(typed.nodes.map(({ kind }) => kind)).toEqual(['input', 'dense'])
    expect(lossOfCompiled(source, typed, calibration.inputs, calibration.loss)).toBeLessThanOrEqual(0.01)
    expect(fracsOf(source, typed, ['fc1.weight']).get('fc1.weight')).toBeLessThan(16)
  })
})

describe('typeOfData', () => {
  const typeOf = (...data: number[]) => {
    const { signed, width, frac } = typeOfData({
      rows: 1,
      shape: [data.length],
      data: Float64Array.from(data),
    })
    return `${signed ? '' : 'u'}fixed<${width},${width - frac}>`
  }

  it('is the narrowest type that holds all values', () => {
    expect(typeOf(0, 0)).toBe('ufixed<0,0>')
    expect(typeOf(0, 255)).toBe('ufixed<8,8>')
    expect(typeOf(8)).toBe('ufixed<4,4>')
    expect(typeOf(-1)).toBe('fixed<1,1>')
    expect(typeOf(-128, 127)).toBe('fixed<8,8>')
    expect(typeOf(-129)).toBe('fixed<9,9>')
    expect(typeOf(0.125, 3)).toBe('ufixed<5,2>')
    expect(typeOf(-0.5, 0.25)).toBe('fixed<2,0>')
  })

  it('stops at 16 fraction bits, still reaching the ends', () => {
    expect(typeOf(1 / 3)).toBe('ufixed<15,-1>')
    expect(typeOf(0.99999999)).toBe('ufixed<17,1>')
    expect(typeOf(-1 / 3, 2)).toBe('fixed<19,3>')
  })
})
