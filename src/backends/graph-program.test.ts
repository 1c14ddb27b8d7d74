// Graphs as C++ programs: names, wiring, and layers that have no C++ form.

import { describe, expect, it } from 'vitest'
import { conversion, type FixedType } from '../fixed/types.ts'
import { emitProgram } from '../hls/print.ts'
import { type TensorConversion, tensorConversion } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { programOf } from './graph-program.ts'

const type: FixedType = { signed: true, width: 8, frac: 4 }
const eight = tensorConversion(conversion(type))

function nodeOf(
  kind: 'input' | 'quantise' | 'relu' | 'binary-tanh',
  name: string,
  inputs: readonly string[],
  result: TensorConversion = eight,
): OpNode {
  const common = {
    name,
    inputs,
    weights: {},
    quantisers: {},
    requested: {},
    resolved: { result },
    shape: [2],
    choices: {},
    origin: { layerClass: kind, source: name, mergedNames: [] },
  }
  return kind === 'relu' ? { ...common, kind, attrs: { maxValue: null } } : { ...common, kind, attrs: {} }
}

const graphOf = (nodes: readonly OpNode[], outputs: readonly string[]): OpGraph => ({
  name: 'net',
  nodes,
  outputs,
  store: new Map(),
})

const perElement: TensorConversion = {
  ...eight,
  to: { shape: [2], types: [type, { signed: true, width: 5, frac: 1 }] },
}

describe('programOf', () => {
  it('chains layers over named tensors', () => {
    const graph = graphOf(
      [nodeOf('input', 'x', []), nodeOf('relu', 'relu1', ['x']), nodeOf('quantise', 'y/cut', ['relu1'])],
      ['y/cut', 'relu1'],
    )
    expect(programOf(graph, 'my net')).toMatchObject({
      name: 'my_net',
      tensors: [{ name: 'x_in', shape: [2], form: 'array' }, { name: 'relu1_out' }, { name: 'y_cut_out' }],
      layers: [
        { name: 'relu1', call: { kernel: 'nnet::relu' }, inputs: ['x_in'], outputs: ['relu1_out'] },
        { name: 'y_cut', call: { kernel: 'nnet::linear' }, inputs: ['relu1_out'], outputs: ['y_cut_out'] },
      ],
      inputs: ['x_in'],
      outputs: ['y_cut_out', 'relu1_out'],
    })
  })

  it('keeps names apart that C++ would join, and from keywords', () => {
    const graph = graphOf(
      [nodeOf('input', 'int', []), nodeOf('relu', 'a-b', ['int']), nodeOf('relu', 'a.b', ['a-b'])],
      ['a.b'],
    )
    const program = programOf(graph, 'net')
    if (Array.isArray(program)) throw new Error('refused')
    expect(program.tensors.map(({ name }) => name)).toEqual(['int_in', 'a_b_out', 'a_b_2_out'])
    expect(Object.keys(emitProgram(program))).toContain('firmware/net.cpp')
  })

  it('gives the refusal of every layer without a C++ form', () => {
    const graph = graphOf(
      [
        nodeOf('input', 'x', []),
        nodeOf('binary-tanh', 'r', ['x'], perElement),
        nodeOf('binary-tanh', 'q', ['r']),
      ],
      ['q'],
    )
    expect(programOf(graph, 'net')).toMatchObject([
      { layer: 'r', kind: 'binary-tanh', code: 'hls/element-types' },
      { layer: 'q', kind: 'binary-tanh', code: 'hls/element-types' },
    ])
  })

  it('holds elements of several types in the narrowest that has all their values', () => {
    const graph = graphOf(
      [nodeOf('input', 'x', [], perElement), nodeOf('quantise', 'q', ['x'], perElement)],
      ['q'],
    )
    const both = { type: { to: type }, elements: perElement.to.types.map(to => ({ to })) }
    expect(programOf(graph, 'net')).toMatchObject({ tensors: [both, both] })
  })

  it('refuses inputs that are outputs', () => {
    expect(programOf(graphOf([nodeOf('input', 'x', [])], ['x']), 'net')).toMatchObject([
      { layer: 'x', code: 'hls/input-as-output' },
    ])
  })
})
