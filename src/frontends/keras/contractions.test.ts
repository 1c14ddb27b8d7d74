import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { parseConfig } from '../../config/parse.ts'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { createFixedEngine, toNumbers } from '../../engines/fixed/fixed.ts'
import { runFloat } from '../../engines/float.ts'
import { openNpz, writeNpz } from '../../formats/npz.ts'
import { nodeNamed } from '../../ir/graph.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { importModel } from '../index.ts'
import { arraysOf, type ContractionCase, keras2File, keras3File } from './testing/contraction-models.ts'

const sequences = { q: [3, 4], v: [5, 4], k: [5, 4] }
const einsumDense = (
  equation: string,
  output: readonly number[] | number,
  axes: string | null,
  x: readonly number[],
  kernel: readonly number[],
  bias?: readonly number[],
): ContractionCase => ({
  className: 'EinsumDense',
  config: { equation, output_shape: output, activation: 'linear', bias_axes: axes },
  inputs: { x },
  call: ['x'],
  weights: { kernel, ...(bias && { bias }) },
  numpy: `np.einsum('${equation}', w['x'], w['kernel'])${bias ? " + w['bias']" : ''}`,
})

/** A layer of one input and no weights. */
const one = (
  className: string,
  config: ContractionCase['config'],
  x: readonly number[],
  numpy: string,
): ContractionCase => ({ className, config, inputs: { x }, call: ['x'], weights: {}, numpy })

/** The same layer over every step. */
const each = (
  className: string,
  config: ContractionCase['config'],
  x: readonly number[],
  numpy: string,
): ContractionCase =>
  one('TimeDistributed', { layer: { class_name: className, config: { name: 'inner', ...config } } }, x, numpy)

const attention = (
  config: ContractionCase['config'],
  call: Pick<ContractionCase, 'call' | 'named'>,
  weights: ContractionCase['weights'],
): ContractionCase => ({
  className: 'MultiHeadAttention',
  config: {
    num_heads: 2,
    key_dim: 3,
    value_dim: 2,
    dropout: 0.1,
    use_bias: true,
    output_shape: null,
    attention_axes: null,
    ...config,
  },
  inputs: sequences,
  ...call,
  weights,
  numpy: `mha(w, [${[...call.call, ...(['query', 'value', 'key'] as const).flatMap(key => call.named?.[key] ?? [])].map(name => `'${name}'`)}])`,
})

const mhaWeights = (out: readonly number[], value = 4) => ({
  'query/kernel': [4, 2, 3],
  'query/bias': [2, 3],
  'key/kernel': [4, 2, 3],
  'key/bias': [2, 3],
  'value/kernel': [value, 2, 2],
  'value/bias': [2, 2],
  'attention_output/kernel': [2, 2, ...out],
  'attention_output/bias': out,
})

const cases: Readonly<Record<string, ContractionCase>> = {
  'EinsumDense over the last axis': einsumDense(
    'abc,cd->abd',
    [null as unknown as number, 6],
    'd',
    [5, 4],
    [4, 6],
    [6],
  ),
  'EinsumDense to heads': einsumDense('abc,cde->abde', [5, 2, 3], 'de', [5, 4], [4, 2, 3], [2, 3]),
  'EinsumDense with a bias by rows': einsumDense('abc,cd->abd', [5, 6], 'bd', [5, 4], [4, 6], [5, 6]),
  'EinsumDense with dots before': einsumDense('...x,xy->...y', 6, 'y', [2, 5, 4], [4, 6], [6]),
  'EinsumDense with dots behind': einsumDense('ab...,bc->ac...', 6, 'c', [4, 5, 2], [4, 6], [6, 1, 1]),
  'EinsumDense of a matrix for each step': einsumDense('abc,bcd->adb', [6, 5], null, [5, 4], [5, 4, 6]),
  ...Object.fromEntries(
    [1, 2, 3, -2].map(axis => [
      `Softmax along axis ${axis} of an image`,
      one('Softmax', { axis }, [3, 4, 5], `softmax(w['x'], ${axis})`),
    ]),
  ),
  'hard tanh': one('Activation', { activation: 'hard_tanh' }, [4, 5], "np.clip(w['x'], -1, 1)"),
  'hard SiLU': one(
    'Activation',
    { activation: 'hard_silu' },
    [4, 5],
    "w['x'] * np.clip(w['x'] + 3, 0, 6) / 6",
  ),
  'Flatten of every step': each('Flatten', {}, [3, 4, 5], "w['x'].reshape(len(w['x']), 3, 20)"),
  'Permute of every step': each('Permute', { dims: [2, 1] }, [3, 4, 5], "w['x'].transpose(0, 1, 3, 2)"),
  'ZeroPadding1D of every step': each(
    'ZeroPadding1D',
    { padding: [1, 2] },
    [3, 4, 5],
    "np.pad(w['x'], ((0, 0), (0, 0), (1, 2), (0, 0)))",
  ),
  'UpSampling1D of every step': each('UpSampling1D', { size: 2 }, [3, 4, 5], "w['x'].repeat(2, 2)"),
  'Dot of matrices': {
    className: 'Dot',
    config: { axes: [2, 1], normalize: false },
    inputs: { x: [3, 4], y: [4, 5] },
    call: ['x', 'y'],
    weights: {},
    numpy: "np.einsum('bij,bjk->bik', w['x'], w['y'])",
  },
  'Dot of the last axes': {
    className: 'Dot',
    config: { axes: -1, normalize: false },
    inputs: { x: [3, 4], y: [4] },
    call: ['x', 'y'],
    weights: {},
    numpy: "np.einsum('bij,bj->bi', w['x'], w['y'])",
  },
  Attention: {
    className: 'Attention',
    config: { use_scale: false, score_mode: 'dot', dropout: 0 },
    inputs: sequences,
    call: ['q', 'v'],
    weights: {},
    numpy: "softmax(np.einsum('bqd,bkd->bqk', w['q'], w['v'])) @ w['v']",
  },
  'Attention with keys and a scale': {
    className: 'Attention',
    config: { use_scale: true, score_mode: 'dot', dropout: 0.5 },
    inputs: sequences,
    call: ['q', 'v', 'k'],
    weights: { scale: [] },
    numpy: "softmax(w['scale'] * np.einsum('bqd,bkd->bqk', w['q'], w['k'])) @ w['v']",
  },
  AdditiveAttention: {
    className: 'AdditiveAttention',
    config: { use_scale: true, dropout: 0 },
    inputs: sequences,
    call: ['q', 'v', 'k'],
    weights: { scale: [4] },
    numpy: "softmax((w['scale'] * np.tanh(w['q'][:, :, None] + w['k'][:, None])).sum(-1)) @ w['v']",
  },
  'AdditiveAttention without a scale': {
    className: 'AdditiveAttention',
    config: { use_scale: false, dropout: 0 },
    inputs: sequences,
    call: ['q', 'v'],
    weights: {},
    numpy: "softmax(np.tanh(w['q'][:, :, None] + w['v'][:, None]).sum(-1)) @ w['v']",
  },
  'MultiHeadAttention of one sequence': attention(
    {},
    { call: ['q'], named: { value: 'q' } },
    mhaWeights([4]),
  ),
  'MultiHeadAttention of three, to another size': attention(
    { output_shape: [5] },
    { call: ['q'], named: { value: 'v', key: 'k' } },
    mhaWeights([5]),
  ),
  'MultiHeadAttention without biases': attention(
    { use_bias: false, value_dim: null },
    { call: ['q'], named: { value: 'v' } },
    {
      'query/kernel': [4, 2, 3],
      'key/kernel': [4, 2, 3],
      'value/kernel': [4, 2, 3],
      'attention_output/kernel': [2, 3, 4],
    },
  ),
}

/** Those that Keras 3 alone has. */
const operations: Readonly<Record<string, ContractionCase>> = {
  'ops.matmul': {
    className: 'Matmul',
    config: { name: 'layer' },
    inputs: { x: [2, 3, 4], y: [2, 4, 5] },
    call: ['x', 'y'],
    weights: {},
    numpy: "w['x'] @ w['y']",
  },
  'ops.einsum': {
    className: 'Einsum',
    config: { subscripts: '...ij,...kj->...ik' },
    inputs: { x: [2, 3, 4], y: [2, 5, 4] },
    call: ['x', 'y'],
    weights: {},
    numpy: "np.einsum('...ij,...kj->...ik', w['x'], w['y'])",
  },
}

const rows = 4

const inputsOf = ({ inputs }: ContractionCase) =>
  Object.entries(inputs).map(([name, shape], k) => {
    const count = rows * shape.reduce((product, extent) => product * extent, 1)
    const data = Float64Array.from({ length: count }, (_, at) => Math.round(Math.sin(k + 3 * at) * 32) / 16)
    return { name, rows, shape, data }
  })

const numpy = spawnSync('python3', ['-c', 'import numpy']).status === 0
if (!numpy) console.log('skipped: no python3 with numpy')

/** What the layers compute, written for NumPy alone. */
const library = `
import sys, numpy as np
given = np.load(sys.argv[1])
def softmax(s, axis=-1):
    e = np.exp(s - s.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)
def mha(w, names):
    q, v, k = (names + [names[-1]])[:3] if len(names) > 1 else names * 3
    def project(part, x):
        return np.tensordot(w[x], w[part + '/kernel'], 1) + (w[part + '/bias'] if part + '/bias' in w else 0)
    Q, K, V = project('query', q), project('key', k), project('value', v)
    weights = softmax(np.einsum('bqhd,bkhd->bhqk', Q, K) / np.sqrt(Q.shape[-1]))
    out = np.einsum('bhqk,bkhd->bqhd', weights, V)
    result = np.tensordot(out, w['attention_output/kernel'], 2)
    return result + (w['attention_output/bias'] if 'attention_output/bias' in w else 0)
results = {}
`

function byNumpy(all: Readonly<Record<string, ContractionCase>>): ReadonlyMap<string, Float64Array> {
  const folder = mkdtempSync(join(tmpdir(), 'lutra-contractions-'))
  const named = Object.values(all).flatMap((own, k) => [
    ...Object.entries(arraysOf(own)).map(([name, { shape, data }]) => [`${k}:${name}`, shape, data] as const),
    ...inputsOf(own).map(({ name, shape, data }) => [`${k}:${name}`, [rows, ...shape], data] as const),
  ])
  const arrays = named.map(([name, shape, data]) => [
    name,
    { shape: [...shape], data: Float64Array.from(data) },
  ])
  writeFileSync(join(folder, 'in.npz'), writeNpz(Object.fromEntries(arrays)))
  const lines = Object.values(all).map(
    (own, k) =>
      `w = {n.split(':')[1]: given[n] for n in given.files if n.startswith('${k}:')}\nresults['r${k}'] = ${own.numpy}`,
  )
  const program = `${library}${lines.join('\n')}\nnp.savez(sys.argv[2], **results)`
  execFileSync('python3', ['-c', program, join(folder, 'in.npz'), join(folder, 'out.npz')])
  const out = openNpz(new Uint8Array(readFileSync(join(folder, 'out.npz'))), 'out.npz')
  return new Map(Object.keys(all).map((title, k) => [title, out.array(`r${k}`).data as Float64Array]))
}

/** Keras 3's folders: a layer's own, or those of what attention projects by. */
const folders = (className: string) => (variable: string, index: number) => {
  const snake = className.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()
  const [part, own] = variable.split('/')
  if (own === undefined) return `layers/${snake}/vars/${index}`
  const name = part === 'attention_output' ? 'output' : part
  return `layers/${snake}/${name}_dense/vars/${own === 'kernel' ? 0 : 1}`
}

const expected = numpy ? byNumpy({ ...cases, ...operations }) : new Map<string, Float64Array>()

function expectClose(graph: OpGraph, own: ContractionCase, title: string): void {
  const { data } = runFloat(graph, inputsOf(own), graph.outputs).get(graph.outputs[0]!)!
  const reference = expected.get(title)!
  expect(data.length).toBe(reference.length)
  for (const [at, value] of reference.entries()) expect(data[at], `element ${at}`).toBeCloseTo(value, 10)
}

describe.skipIf(!numpy)('contractions and attention compute what NumPy does', () => {
  it.each(Object.entries(cases))('%s, from Keras 2', async (title, own) => {
    expectClose(await importModel([await keras2File(own)]), own, title)
  })

  it.each(Object.entries({ ...cases, ...operations }))('%s, from Keras 3', async (title, own) => {
    const file = await keras3File(own, folders(own.className))
    expectClose(await importModel([file]), own, title)
  })
})

describe('attention', () => {
  const own = cases['MultiHeadAttention of one sequence']!

  it('is nodes named after the layer, of which the last has its name', async () => {
    const graph = await importModel([await keras2File(own)])
    expect(
      graph.nodes.filter(({ kind }) => kind !== 'input').map(({ name, inputs }) => [name, inputs]),
    ).toEqual([
      ['layer_query', ['q']],
      ['layer_key', ['q']],
      ['layer_value', ['q']],
      ['layer_scores', ['layer_query', 'layer_key']],
      ['layer_softmax', ['layer_scores']],
      ['layer_context', ['layer_softmax', 'layer_value']],
      ['layer', ['layer_context']],
    ])
    expect(graph.outputs).toEqual(['layer'])
  })

  it('in fixed point is near its float meaning', async () => {
    const graph = await importModel([await keras2File(own)])
    // The default table of 1024 entries has steps of a quarter here.
    const LayerName = { layer_softmax: { TableSize: 65536 } }
    const config = parseConfig({ Model: { Precision: 'fixed<24,8>', ReuseFactor: 1 }, LayerName }, 'config')
    const { typed } = compileModel(graph, { config, verifyPasses: true })
    const inputs = inputsOf(own)
    const fixed = createFixedEngine(typed).run(inputs, typed.outputs).get('layer')!
    const float = runFloat(graph, inputs, ['layer']).get('layer')!
    const numbers = toNumbers(nodeNamed(typed, 'layer'), fixed)
    for (const [at, value] of numbers.entries())
      expect(Math.abs(value - float.data[at]!)).toBeLessThan(2 ** -6)
  })
})

describe('what does not fit is said', () => {
  const codes = async (own: ContractionCase) => {
    const problem = await importModel([await keras2File(own)]).catch((thrown: unknown) => thrown)
    return problem instanceof CompileError ? problem.diagnostics.map(({ code }) => code) : [String(problem)]
  }
  const attentive = cases.Attention!

  it.each<[string, ContractionCase, readonly string[]]>([
    [
      'an equation of other axes',
      einsumDense('ab,bc->ac', 6, null, [5, 4], [4, 6]),
      ['keras/attribute-value', 'keras/unused-weight'],
    ],
    [
      'a kernel of another shape',
      einsumDense('abc,cd->abd', [5, 6], null, [5, 4], [4, 7]),
      ['keras/weight-shape'],
    ],
    [
      'attention to an image',
      { ...attentive, inputs: { q: [3, 4], v: [2, 5, 4] } },
      ['keras/attention-shapes'],
    ],
    [
      'queries of other features',
      { ...attentive, inputs: { q: [3, 4], v: [5, 2] } },
      ['keras/attention-shapes'],
    ],
    ['a mask', { ...attentive, told: { mask: ['v', 0, 0] } }, ['keras/mask']],
    [
      'sums of tanh under the name of products',
      { ...attentive, config: { ...attentive.config, score_mode: 'concat' } },
      ['keras/attribute-value'],
    ],
    ['one tensor', { ...attentive, call: ['q'] }, ['keras/inbound-nodes']],
    [
      'an axis of the batch',
      { ...cases['Dot of matrices']!, config: { axes: 0 } },
      ['keras/attribute-value'],
    ],
    ['axes of other extents', { ...cases['Dot of matrices']!, config: { axes: 1 } }, ['graph/einsum-shapes']],
  ])('%s', async (_, own, expectedCodes) => {
    expect(await codes(own)).toEqual(expectedCodes)
  })
})
