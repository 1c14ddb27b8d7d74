// Whatever stands in a model's JSON, the answer is a graph or diagnostics, never another error.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { importModel } from '../index.ts'
import type { Json } from '../json.ts'
import { denseLayer, floats, functional, inputLayer, kerasFile, layer, sequential } from './testing/models.ts'

const quantiser = { class_name: 'quantized_bits', config: { bits: 4, integer: 0, alpha: 'auto_po2' } }
const statistics = { moving_mean: floats([2], 0, 0), moving_variance: floats([2], 1, 1) }
const layers = [
  inputLayer('in', 3),
  {
    ...denseLayer('a', [3, 2], { kernel_quantizer: quantiser, bias_quantizer: null, activation: 'relu' }),
    class_name: 'QDense',
    reads: ['in'],
  },
  {
    ...layer('BatchNormalization', 'n', { axis: [1], epsilon: 0.1, center: false, scale: false }, statistics),
    reads: ['a'],
  },
  { ...layer('QActivation', 'q', { activation: 'quantized_relu(4,1)' }), reads: ['n'] },
  { ...layer('ReLU', 'r', { max_value: 6, negative_slope: 0, threshold: 0 }), reads: ['q'] },
  { ...layer('Softmax', 's', { axis: -1 }), reads: ['r'] },
]

function paths(value: unknown, prefix: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...prefix]]
  return [[...prefix], ...Object.entries(value).flatMap(([key, item]) => paths(item, [...prefix, key]))]
}

function replaced(value: unknown, path: readonly string[], by: Json): Json {
  const [key, ...rest] = path
  if (key === undefined) return by
  const copy: Record<string, Json> = Array.isArray(value) ? ([...value] as never) : { ...(value as object) }
  copy[key] = replaced(copy[key], rest, by)
  return copy
}

const anyJson = fc.oneof(
  fc.constantFrom<Json>(
    null,
    -1,
    0,
    1,
    0.5,
    1e300,
    '',
    'relu',
    'constructor',
    '__proto__',
    'quantized_bits(',
    [],
    {},
    [null],
    [['in', 0, 0]],
    { class_name: 'ternary' },
  ),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
)

describe('a damaged model', () => {
  it.each([
    ['Sequential', sequential(layers)],
    ['Functional', functional(layers, ['in'], ['s'])],
  ])('%s is read or refused with diagnostics', async (_, model) => {
    const bytes = await kerasFile(layers)
    const places = paths(model)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), anyJson, async (path, by) => {
        const text = JSON.stringify({ class_name: 'x', ...(replaced(model, path, by) as object) })
        const files = [
          { name: 'w.h5', bytes },
          { name: 'm.json', bytes: new TextEncoder().encode(text) },
        ]
        const problem = await importModel(files).then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        if (problem !== undefined) expect(problem).toBeInstanceOf(CompileError)
      }),
      {
        numRuns: 300,
        examples: [
          [['config', 'layers', '1', 'config', 'units'], 1e300],
          [['config', 'layers', '1', 'inbound_nodes', '0', '0', '2'], { toString: '' }],
        ],
      },
    )
  })
})
