import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { parseConfig } from '../../config/parse.ts'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { createFixedEngine, toNumbers } from '../../engines/fixed/fixed.ts'
import { runFloat } from '../../engines/float.ts'
import type { Hdf5Array } from '../../formats/hdf5/write.ts'
import { openNpz, writeNpz } from '../../formats/npz.ts'
import { readZip } from '../../formats/zip.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { importModel } from '../index.ts'
import type { Json, JsonObject } from '../json.ts'
import { type HeldArrays, type HeldForm, heldArchitecture, heldFiles } from './testing/held-models.ts'
import { denseLayer, floats, functional, inputLayer, kerasFile } from './testing/models.ts'

const forms: readonly HeldForm[] = ['h5', 'json', 'keras', 'tfjs']

/** Eighths, all different. */
const ramp = (start: number, ...shape: number[]) =>
  floats(
    shape,
    ...Array.from({ length: shape.reduce((a, b) => a * b) }, (_, k) => (((start + 5 * k) % 17) - 8) / 8),
  )

const arrays: HeldArrays = {
  'fc/kernel': ramp(1, 4, 3),
  'fc/bias': ramp(2, 3),
  'enc/block/fc/kernel': ramp(3, 3, 2),
  'enc/block/fc/bias': ramp(4, 2),
  'head/kernel': ramp(5, 7, 2),
  'head/bias': ramp(6, 2),
}

/** What the network computes, written for NumPy alone. */
const forward = `
import sys, numpy as np
w = np.load(sys.argv[1])
fc = lambda x: np.maximum(x @ w['fc/kernel'] + w['fc/bias'], 0)
block = lambda x: np.tanh(x @ w['enc/block/fc/kernel'] + w['enc/block/fc/bias'])
enc = lambda p, q: (block(p + q), p - q)
fa, fb = fc(w['a']), fc(w['b'])
one, other = enc(fa, fb), enc(fb, fb)
both = np.concatenate([one[0], one[1], other[0]], axis=-1)
np.savez(sys.argv[2], head=both @ w['head/kernel'] + w['head/bias'], rest=other[1])
`

const rows = 20
const vectors = (seed: number) =>
  Float64Array.from({ length: rows * 4 }, (_, k) => Math.sin(seed + 3 * k) * 2)
const inputs = [vectors(1), vectors(2)].map(data => ({ rows, shape: [4], data }))

const numpy = spawnSync('python3', ['-c', 'import numpy']).status === 0
if (!numpy) console.log('skipped: no python3 with numpy')

function byNumpy(): readonly Float64Array[] {
  const folder = mkdtempSync(join(tmpdir(), 'lutra-held-'))
  const named = Object.entries(arrays).map(([name, { shape, data }]: [string, Hdf5Array]) => [
    name,
    { shape: [...shape], data: Float64Array.from(data) },
  ])
  const own = inputs.map(({ data }, k) => [k === 0 ? 'a' : 'b', { shape: [rows, 4], data }])
  writeFileSync(join(folder, 'in.npz'), writeNpz(Object.fromEntries([...named, ...own])))
  execFileSync('python3', ['-c', forward, join(folder, 'in.npz'), join(folder, 'out.npz')])
  const out = openNpz(new Uint8Array(readFileSync(join(folder, 'out.npz'))), 'out.npz')
  return ['head', 'rest'].map(key => out.array(key).data as Float64Array)
}

async function codes(work: Promise<unknown>): Promise<string[]> {
  const problem = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return problem instanceof CompileError ? problem.message.split('\n') : [String(problem)]
}

describe('a layer called twice and models in models', () => {
  it.each(forms)('are one graph from %s', async form => {
    const graph = await importModel(await heldFiles(form, arrays))
    expect(graph.nodes.map(({ name, inputs, origin }) => [name, inputs, origin.source])).toEqual([
      ['a', [], 'a'],
      ['b', [], 'b'],
      ['fc', ['a'], 'fc'],
      ['fc_relu', ['fc'], 'fc'],
      ['fc_0', ['b'], 'fc'],
      ['fc_relu_0', ['fc_0'], 'fc'],
      ['sum', ['fc_relu', 'fc_relu_0'], 'enc/sum'],
      ['fc_1', ['sum'], 'enc/block/fc'],
      ['fc_tanh', ['fc_1'], 'enc/block/fc'],
      ['difference', ['fc_relu', 'fc_relu_0'], 'enc/difference'],
      ['sum_0', ['fc_relu_0', 'fc_relu_0'], 'enc/sum'],
      ['fc_2', ['sum_0'], 'enc/block/fc'],
      ['fc_tanh_0', ['fc_2'], 'enc/block/fc'],
      ['difference_0', ['fc_relu_0', 'fc_relu_0'], 'enc/difference'],
      ['all', ['fc_tanh', 'difference', 'fc_tanh_0'], 'all'],
      ['head', ['all'], 'head'],
      ['head_linear', ['head'], 'head'],
    ])
    expect(graph.outputs).toEqual(['head_linear', 'difference_0'])
    expect(nodeNamed(graph, 'fc_0').weights).toEqual({ weight: 'fc.weight', bias: 'fc.bias' })
    expect([...graph.store.keys()]).toEqual([
      ...['fc.weight', 'fc.bias', 'fc_1.weight', 'fc_1.bias', 'head.weight', 'head.bias'],
    ])
  })

  it.skipIf(!numpy).each(forms)('compute from %s what NumPy does', async form => {
    const graph = await importModel(await heldFiles(form, arrays))
    const results = runFloat(graph, inputs, graph.outputs)
    const expected = byNumpy()
    for (const [k, name] of graph.outputs.entries()) {
      const { data } = results.get(name)!
      expect(data.length).toBe(expected[k]!.length)
      for (const [at, value] of expected[k]!.entries()) expect(data[at]).toBeCloseTo(value, 12)
    }
  })

  it('have one result under every config: types may differ between calls', async () => {
    const graph = await importModel(await heldFiles('h5', arrays))
    const config = parseConfig(
      {
        Model: { Precision: 'fixed<16,6>', ReuseFactor: 1 },
        LayerName: {
          enc: { Precision: { result: 'auto' } },
          fc_0: { Precision: { weight: 'fixed<3,1>' } },
          fc_2: { ReuseFactor: 2 },
        },
      },
      'config',
    )
    const { typed, findings } = compileModel(graph, { config, verifyPasses: true })
    // As hls4ml writes it for the model itself.
    expect(findings.map(({ code, problem }) => [code, problem])).toContainEqual([
      'config/no-effect',
      'enc is a model: each of its layers is looked up by its own name',
    ])
    const weight = (name: string) => typed.store.get(nodeNamed(typed, name).weights.weight!)
    expect(weight('fc')).toMatchObject({ form: 'raw', type: { width: 16 } })
    expect(weight('fc_0')).toMatchObject({ form: 'raw', type: { width: 3 } })
    expect(weight('fc_2')).toEqual(weight('fc_1'))
  })

  it('are exact without a config where the float results are', async () => {
    const plain = floats([2, 2], 0.5, -0.25, 1, 0.75)
    const own = { ...denseLayer('fc', [2, 2]), weights: { kernel: plain, bias: floats([2], 0.5, 0) } }
    const layers = [inputLayer('in', 2), own]
    const model = functional([...layers], ['in'], ['fc']) as { config: { layers: JsonObject[] } }
    model.config.layers[1] = {
      ...model.config.layers[1]!,
      inbound_nodes: [[['in', 0, 0, {}]], [['fc', 0, 0, {}]], [['fc', 1, 0, {}]]],
    }
    const ends = { ...model.config, output_layers: [['fc', 2, 0]] }
    const bytes = await kerasFile(layers, { ...model, config: ends } as Json)
    const graph = await importModel([{ name: 'm.h5', bytes }])
    expect(graph.nodes.map(({ name }) => name)).toEqual([
      ...['in', 'fc', 'fc_linear', 'fc_0', 'fc_linear_0', 'fc_1', 'fc_linear_1'],
    ])
    const batch = { rows: 2, shape: [2], data: Float64Array.of(1, 2, -1.5, 0.25) }
    const inputTypes = new Map([['in', { signed: true, width: 8, frac: 4 }]])
    const weightFracs = new Map(
      ['fc', 'fc_0', 'fc_1'].flatMap(
        n =>
          [
            [`${n}.weight`, 4],
            [`${n}.bias`, 4],
          ] as const,
      ),
    )
    const { typed } = compileModel(graph, { inputTypes, weightFracs, verifyPasses: true })
    const [output = ''] = typed.outputs
    const raw = createFixedEngine(typed).run([batch], [output]).get(output)!
    const got = toNumbers(nodeNamed(typed, output), raw)
    const expected = runFloat(graph, [batch], graph.outputs).get(graph.outputs[0]!)!
    expect([...got]).toEqual([...expected.data])
  })
})

it('a model that is called by names of its inputs takes them in the order of the names', async () => {
  const [archive] = await heldFiles('keras', arrays)
  const entries = readZip(archive!.bytes, { name: 'm', area: 'zip' })
  const changed = entries.map(({ path, read }) => {
    const bytes = read()
    if (path !== 'config.json') return [path, bytes] as const
    const text = new TextDecoder().decode(bytes)
    const model = JSON.parse(text) as {
      config: { layers: { name: string; config: object; inbound_nodes: object[] }[] }
    }
    const enc = model.config.layers.find(({ name }) => name === 'enc')!
    Object.assign(enc.config, { input_layers: { q: ['q', 0, 0], p: ['p', 0, 0] } })
    enc.inbound_nodes = enc.inbound_nodes.map(call => {
      const [[p, q]] = (call as { args: [[object, object]] }).args
      return { args: [{ q, p }], kwargs: {} }
    })
    return [path, new TextEncoder().encode(JSON.stringify(model))] as const
  })
  const graph = await importModel([{ name: 'm.keras', bytes: zipSync(Object.fromEntries(changed)) }])
  expect(nodeNamed(graph, 'difference').inputs).toEqual(['fc_relu', 'fc_relu_0'])
})

describe('models in a Sequential', () => {
  const inner = (name: string) => [
    inputLayer(`${name}_in`, 3),
    denseLayer('d', [3, 3], { activation: 'relu' }),
  ]
  const entryOf = (name: string) => ({
    class_name: 'Sequential',
    config: { name, layers: inner(name).map(({ class_name, config }) => ({ class_name, config })) },
  })

  it('give the whole its input, and their layers free names', async () => {
    const model = {
      class_name: 'Sequential',
      config: { name: 'whole', layers: [entryOf('one'), entryOf('two')] },
    }
    const weights = denseLayer('d', [3, 3]).weights!
    const files = [
      {
        class_name: 'x',
        config: { name: 'one' },
        weights: { 'd/kernel': weights.kernel!, 'd/bias': weights.bias! },
      },
      { class_name: 'x', config: { name: 'two' }, weights: { 'd/kernel': weights.bias! } },
    ]
    expect(await codes(importModel([{ name: 'm.h5', bytes: await kerasFile(files, model) }]))).toEqual([
      "keras/weight-shape: layer 'd' (Dense) of 'two': its 'kernel' has the shape [3]; expected [3, 3]. Give the weights that belong to this architecture.",
      "keras/missing-weight: layer 'd' (Dense) of 'two': m.h5 has no 'bias' for it; it has kernel; expected an array 'two/d/bias:0'. Give the weights that belong to this architecture.",
    ])
    const good = [files[0]!, { ...files[0]!, config: { name: 'two' } }]
    const graph = await importModel([{ name: 'm.h5', bytes: await kerasFile(good, model) }])
    expect(graph.nodes.map(({ name, shape }) => [name, shape])).toEqual([
      ['input1', [3]],
      ['d', [3]],
      ['d_relu', [3]],
      ['d_0', [3]],
      ['d_relu_0', [3]],
    ])
  })

  it('may be done for every step', async () => {
    const held = { class_name: 'TimeDistributed', config: { name: 'td', layer: entryOf('one') } }
    const model = {
      class_name: 'Sequential',
      config: { name: 'whole', layers: [{ ...inputLayer('in', 5, 3) }, held] },
    } as Json
    const weights = denseLayer('d', [3, 3]).weights!
    const files = [
      {
        class_name: 'x',
        config: { name: 'td' },
        weights: { 'd/kernel': weights.kernel!, 'd/bias': weights.bias! },
      },
    ]
    const graph = await importModel([{ name: 'm.h5', bytes: await kerasFile(files, model) }])
    expect(graph.nodes.map(({ name, kind, shape }) => [name, kind, shape])).toEqual([
      ['in', 'input', [5, 3]],
      ['d', 'dense', [5, 3]],
      ['d_relu', 'relu', [5, 3]],
    ])
  })
})

describe('what is wrong with models in models', () => {
  const changed = async (change: (text: string) => string) => {
    const [, weights] = await heldFiles('json', arrays)
    const bytes = new TextEncoder().encode(change(JSON.stringify(heldArchitecture)))
    return codes(importModel([{ name: 'm.json', bytes }, weights!]))
  }

  it.each<[string, [from: string, to: string], string]>([
    [
      'a call that is not there',
      ['["enc",2,1]', '["enc",3,1]'],
      "keras/inbound-nodes: the ends of the model: call 3 and output 1 of 'enc' are read, which has 2 calls and 2 outputs; expected a tensor that the model has. Rebuild the model from plain layer calls.",
    ],
    [
      'an output that is not there',
      ['["enc",1,1,{}]', '["enc",1,2,{}]'],
      "keras/inbound-nodes: layer 'all' (Concatenate): call 1 and output 2 of 'enc' are read, which has 2 calls and 2 outputs; expected a tensor that the model has. Rebuild the model from plain layer calls.",
    ],
    [
      'a model called on too few',
      ['[["fc",1,0,{}],["fc",1,0,{}]]]', '[["fc",1,0,{}]]]'],
      "keras/inbound-nodes: layer 'enc' (Functional): the model is called on 1 tensors; expected 2, as it has inputs. Save the model again.",
    ],
    [
      'a model called on another shape',
      [
        '"batch_input_shape":[null,3],"dtype":"float32","sparse":false,"ragged":false,"name":"p"',
        '"batch_input_shape":[null,5],"name":"p"',
      ],
      "keras/attribute-value: layer 'p' (InputLayer) of 'enc': the attribute 'batch_input_shape' is [null,5]; expected [null,3], on which it is called. Save the model again.",
    ],
    [
      'a layer inside that is unknown',
      ['"class_name":"Subtract"', '"class_name":"Subtrakt"'],
      "layer 'difference' (Subtrakt) of 'enc': layers of class Subtrakt are not supported",
    ],
  ])('%s', async (_, [from, to], expected) => {
    expect(JSON.stringify(heldArchitecture)).toContain(from)
    const [first] = await changed(text => text.replace(from, to))
    expect(first).toContain(expected)
  })

  it('weights that fit several layers', async () => {
    const block = (name: string, own: string) => ({
      class_name: 'Sequential',
      config: {
        name,
        layers: [inputLayer(own, 3), denseLayer('d', [3, 3])].map(({ class_name, config }) => ({
          class_name,
          config,
        })),
      },
    })
    const outer = {
      class_name: 'Sequential',
      config: { name: 'outer', layers: [block('one', 'p'), block('two', 'q')] },
    }
    const model = {
      class_name: 'Sequential',
      config: { name: 'whole', layers: [inputLayer('in', 3), outer] },
    } as Json
    const { kernel, bias } = denseLayer('d', [3, 3]).weights!
    const file = (weights: Record<string, Hdf5Array>) =>
      kerasFile([{ class_name: 'x', config: { name: 'outer' }, weights }], model)
    const bytes = await file({ 'd/kernel': kernel!, 'd/bias': bias! })
    expect((await codes(importModel([{ name: 'm.h5', bytes }])))[0]).toBe(
      "keras/ambiguous-weight: layer 'd' (Dense) of 'outer/one': the array 'model_weights/outer/outer/d/bias:0' may be that of any of outer/one/d, outer/two/d; expected names by which layers are told apart. Give layers of different models different names, and save the model again.",
    )
    const told = await file({
      'one/d/kernel': kernel!,
      'one/d/bias': bias!,
      'two/d/kernel': kernel!,
      'two/d/bias': bias!,
    })
    const graph = await importModel([{ name: 'm.h5', bytes: told }])
    expect(graph.nodes.map(({ name }) => name)).toEqual(['in', 'd', 'd_linear', 'd_0', 'd_linear_0'])
    const stray = await file({ 'one/x/kernel': kernel! })
    expect((await codes(importModel([{ name: 'm.h5', bytes: stray }]))).at(-1)).toBe(
      "keras/unused-weight: m.h5: it has an array 'model_weights/outer/outer/one/x/kernel:0', which belongs to no layer of the architecture; expected arrays of the layers and no others. Give the architecture and the weights of the same model.",
    )
  })

  it('models that call one another more often than can be', async () => {
    let model = functional([inputLayer('in', 2)], ['in'], ['in']) as JsonObject
    for (let depth = 0; depth < 40; depth++) {
      const held = {
        class_name: 'Functional',
        name: `m${depth}`,
        config: { ...(model.config as JsonObject), name: `m${depth}` },
        inbound_nodes: [[['in', 0, 0, {}]], [[`m${depth}`, 1, 0, {}]]],
      }
      model = {
        class_name: 'Functional',
        config: {
          name: 'whole',
          layers: [{ ...inputLayer('in', 2), name: 'in', inbound_nodes: [] }, held],
          input_layers: [['in', 0, 0]],
          output_layers: [[`m${depth}`, 2, 0]],
        },
      } as JsonObject
    }
    const bytes = await kerasFile([], model)
    expect(await codes(importModel([{ name: 'm.h5', bytes }]))).toEqual([
      'graph/too-large: m.h5: the network has more than 10000 calls of layers; expected at most 10000 layers, and 268435456 elements between two. Cut the network into parts, and check whether the file is the one that was meant.',
    ])
  })
})
