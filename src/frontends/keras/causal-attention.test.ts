// Attention that sees no later step: each of its rows is what attention without a mask gives of the steps up to it.

import { describe, expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import type { Batch } from '../../engines/engine.ts'
import { createFixedEngine, toNumbers } from '../../engines/fixed/fixed.ts'
import { runFloat } from '../../engines/float.ts'
import { interpret } from '../../engines/interpreter/interpret.ts'
import { nodeNamed } from '../../ir/graph.ts'
import type { SourceFile } from '../frontend.ts'
import { importModel } from '../index.ts'
import { type ContractionCase, keras2File, keras3File } from './testing/contraction-models.ts'

const [queries, features] = [3, 4]

const dot = (steps: number): ContractionCase => ({
  className: 'Attention',
  config: { use_scale: false, score_mode: 'dot', dropout: 0 },
  inputs: { q: [queries, features], v: [steps, features] },
  call: ['q', 'v'],
  weights: {},
  numpy: '',
})

const additive = (steps: number): ContractionCase => ({
  ...dot(steps),
  className: 'AdditiveAttention',
  config: { use_scale: true, dropout: 0 },
  weights: { scale: [features] },
})

const multi = (steps: number): ContractionCase => ({
  ...dot(steps),
  className: 'MultiHeadAttention',
  config: { num_heads: 2, key_dim: 3, value_dim: 2, dropout: 0, use_bias: true, output_shape: null },
  weights: {
    'query/kernel': [4, 2, 3],
    'query/bias': [2, 3],
    'key/kernel': [4, 2, 3],
    'key/bias': [2, 3],
    'value/kernel': [4, 2, 2],
    'value/bias': [2, 2],
    'attention_output/kernel': [2, 2, 4],
    'attention_output/bias': [4],
  },
})

/** Sixteenths: of the first steps the same, however many there are. */
const sequence = (steps: number, seed: number): Batch => ({
  rows: 1,
  shape: [steps, features],
  data: Float64Array.from({ length: steps * features }, (_, k) => (((k + seed) * 13) % 41) / 16 - 1.25),
})

async function results(file: SourceFile, steps: number): Promise<number[][]> {
  const graph = await importModel([file])
  const to = graph.outputs[0]!
  const data = [...runFloat(graph, [sequence(queries, 1), sequence(steps, 5)], [to]).get(to)!.data]
  return Array.from({ length: queries }, (_, row) => data.slice(row * features, (row + 1) * features))
}

const told = { use_causal_mask: true }
const folder3 = (own: ContractionCase) => (variable: string, index: number) =>
  own.className === 'MultiHeadAttention'
    ? `layers/layer/${variable.split('/')[0]!.replace('attention_output', 'output')}_dense/vars/${index % 2}`
    : `layers/layer/vars/${index}`

describe.each([
  ['products', dot],
  ['sums of tanh', additive],
  ['several heads', multi],
])('causal attention by %s', (_, of) => {
  // More keys than queries, as many, and fewer.
  it.each([5, 3, 2])('sees the steps up to its own, of %i', async steps => {
    const whole = await results(await keras2File({ ...of(steps), told }), steps)
    for (const [row, own] of whole.entries()) {
      const seen = Math.min(row + 1, steps)
      const expected = (await results(await keras2File(of(seen)), seen))[row]!
      for (const [k, value] of own.entries()) expect(value).toBeCloseTo(expected[k]!, 12)
    }
  })

  it('is read from Keras 3, and from the attribute of older files', async () => {
    const expected = await results(await keras2File({ ...of(4), told }), 4)
    expect(await results(await keras3File({ ...of(4), told }, folder3(of(4))), 4)).toEqual(expected)
    if (of === multi) return
    const older = { ...of(4), config: { ...of(4).config, causal: true } }
    expect(await results(await keras2File(older), 4)).toEqual(expected)
  })

  it('has the same bits in both engines, near its float meaning', async () => {
    const graph = await importModel([await keras2File({ ...of(4), told })])
    const type = { signed: true, width: 8, frac: 4 }
    const inputTypes = new Map(['q', 'v'].map(name => [name, type]))
    const { typed } = compileModel(graph, { inputTypes, verifyPasses: true })
    const [inputs, to] = [[sequence(queries, 1), sequence(4, 5)], typed.outputs[0]!]
    const raw = createFixedEngine(typed).run(inputs, [to]).get(to)!
    expect([...interpret(typed, inputs, [to]).get(to)!.raw].map(BigInt)).toEqual([...raw.raw].map(BigInt))
    const float = runFloat(graph, inputs, [to]).get(to)!.data
    toNumbers(nodeNamed(typed, to), raw).forEach((value, k) => {
      expect(Math.abs(value - float[k]!)).toBeLessThan(0.1)
    })
  })
})

describe('masks that are tensors', () => {
  it.each(['attention_mask', 'query_mask', 'mask'])('%s is refused', async name => {
    const own = { ...multi(4), told: { [name]: ['v', 0, 0] } }
    const problem = await importModel([await keras2File(own)]).catch((thrown: unknown) => thrown)
    expect(problem).toBeInstanceOf(CompileError)
    expect(String(problem)).toContain(
      `keras/mask: layer 'layer' (MultiHeadAttention): it is called with a tensor as its ${name}`,
    )
  })

  it('so is a causal mask of what is no attention', async () => {
    const own = { ...dot(4), className: 'Dot', config: { axes: 2, normalize: false }, told }
    const problem = await importModel([await keras2File(own)]).catch((thrown: unknown) => thrown)
    expect(String(problem)).toContain('it is called with the arguments use_causal_mask')
  })
})
