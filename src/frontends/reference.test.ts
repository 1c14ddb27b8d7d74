// The recorded hls4ml cases and models made by others: names, types and values against what hls4ml made of them.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { quantiseNumber, rawToNumber } from '../fixed/convert.ts'
import { parsePrecision } from '../fixed/precision.ts'
import type { Conversion } from '../fixed/types.ts'
import { parseNpy } from '../formats/npy.ts'
import { floatTensor, nodeNamed } from '../ir/graph.ts'
import { exactQuantiserType, quantiserType } from '../ir/source-quantiser.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { importModel } from './index.ts'

const reference = '../shared/reference'
const cases = `${reference}/hls4ml`
const real = `${reference}/real`
const absent = existsSync(reference) ? '' : ` (skipped: ${reference} is absent)`

const imported = (...paths: readonly string[]) =>
  importModel(
    paths.map(path => ({
      name: path.slice(path.lastIndexOf('/') + 1),
      bytes: new Uint8Array(readFileSync(path)),
    })),
  )

interface Recorded {
  readonly config: {
    readonly hls_config: {
      readonly LayerName?: Record<string, { readonly Precision: Record<string, string> }>
    }
  }
  readonly meta: { readonly layers: readonly RecordedLayer[]; readonly input_order: readonly string[] }
}
interface RecordedLayer {
  readonly name: string
  readonly class: string
  readonly attrs: Record<string, unknown>
  readonly variables: readonly {
    readonly var?: string
    readonly shape?: readonly number[]
    readonly nonzeros?: number
    readonly role: string
  }[]
}

function recorded(name: string): Recorded {
  const json = (file: string) => JSON.parse(readFileSync(`${cases}/${name}/${file}`, 'utf8')) as never
  return { config: json('config.json'), meta: json('meta.json') }
}

const names = absent === '' ? readdirSync(cases).filter(name => existsSync(`${cases}/${name}/model.h5`)) : []

/** Values of a layer's trace, and how many belong to a row. */
function trace(name: string, layer: string): { data: readonly number[]; width: number } {
  const path = layer === '' ? `${cases}/${name}/X.npy` : `${cases}/${name}/trace/${layer}.npy`
  const array = parseNpy(new Uint8Array(readFileSync(path)), path)
  return { data: Array.from(array.data, Number), width: array.shape.at(-1)! }
}

describe.skipIf(absent !== '')(`hls4ml cases${absent}`, () => {
  it('are all there', () => {
    expect(names.length).toBeGreaterThan(32)
  })

  it.each(names)('%s has the layers that its config names', async name => {
    const graph = await imported(`${cases}/${name}/model.h5`)
    const { config, meta } = recorded(name)
    expect(graph.nodes.filter(node => node.kind === 'input').map(node => node.name)).toEqual(
      // Quartus's projects have their inputs in a structure.
      meta.input_order.map(input => input.replace(/^inputs\./, '')),
    )
    const layers = config.hls_config.LayerName
    if (layers === undefined) return
    const own = graph.nodes.filter(node => node.origin.layerClass !== 'ApplyAlpha').map(node => node.name)
    expect(own).toEqual(Object.keys(layers))
  })

  it.each(names)('%s has the classes, shapes and coded values that hls4ml recorded', async name => {
    const graph = await imported(`${cases}/${name}/model.h5`)
    for (const layer of recorded(name).meta.layers) {
      const node = graph.nodes.find(candidate => candidate.name === layer.name)
      // Layers that passes make or change.
      if (node === undefined || layer.class.startsWith('Pointwise')) continue
      expect([layer.name, node.origin.layerClass]).toEqual([layer.name, layer.class])
      const output = layer.variables.find(({ role }) => role === 'output')
      expect(node.shape).toEqual(output?.shape)
      checkNonzeros(graph, node, layer)
    }
  })

  it.each(names.filter(name => name.startsWith('qkeras')))(
    '%s has the types that its config names',
    async name => {
      const graph = await imported(`${cases}/${name}/model.h5`)
      const layers = recorded(name).config.hls_config.LayerName ?? {}
      for (const node of graph.nodes) {
        for (const [role, quantiser] of Object.entries(node.quantisers)) {
          const text = layers[node.name]?.Precision[role]
          if (text === undefined) continue
          expect([node.name, role, quantiserType(quantiser, role)]).toEqual([
            node.name,
            role,
            conversionOf(text),
          ])
        }
      }
    },
  )
})

function conversionOf(text: string): Conversion | undefined {
  const precision = parsePrecision(text, 'config')
  return precision.kind === 'fixed' ? precision.conversion : undefined
}

/** Counts of what the C++ holds: a bit of an XNOR-coded kernel is 0 for −1. Scales of powers of two are recorded otherwise. */
function checkNonzeros(graph: OpGraph, node: OpNode, layer: RecordedLayer): void {
  for (const { var: role, nonzeros } of layer.variables) {
    if (role === undefined || nonzeros === undefined || node.weights[role] === undefined) continue
    if (role === 'scale' && node.kind === 'batch-norm' && node.attrs.scaleCoding === 'exponent') continue
    // hls4ml records the bias of a scaled layer before it moves it.
    if (role === 'bias' && graph.nodes.some(other => other.name === `${node.name}_alpha`)) continue
    const isXnor = role === 'weight' && node.kind === 'dense' && node.attrs.weightCoding === 'xnor'
    const counts = isXnor ? (x: number) => x > 0 : (x: number) => x !== 0
    const found = floatTensor(graph, node, role).data.filter(counts).length
    expect([layer.name, role, found]).toEqual([layer.name, role, nonzeros])
  }
}

/** y = x · W of the traced rows, exactly. */
function products(graph: OpGraph, node: OpNode, x: readonly number[], rows: number): number[] {
  const { shape, data } = floatTensor(graph, node, 'weight')
  const [inputs, units] = [shape[0]!, shape[1]!]
  return Array.from({ length: rows * units }, (_, at) => {
    const [row, unit] = [Math.floor(at / units), at % units]
    let sum = 0
    for (let k = 0; k < inputs; k++) sum += x[row * inputs + k]! * data[k * units + unit]!
    return sum
  })
}

describe.skipIf(absent !== '')(`scaled QKeras layers against their traces${absent}`, () => {
  const layers = [
    ['fc1', ''],
    ['fc2', 'relu1'],
    ['fc3', 'relu2'],
    ['output', 'relu3'],
  ] as const
  const chains = ['qkeras_mlp_4bit_auto', 'qkeras_mlp_4bit_autopo2'].flatMap(name =>
    layers.map(([layer, before]) => [name, layer, before] as const),
  )

  it.each(chains)(
    '%s: %s computes with unscaled weights, its alpha applies scale and bias',
    async (name, layer, before) => {
      const graph = await imported(`${cases}/${name}/model.h5`)
      const y = trace(name, layer)
      const rows = y.data.length / y.width
      // fixed<16,6> at the input, floor
      const x = trace(name, before).data.map(value =>
        before === '' ? Math.floor(value * 1024) / 1024 : value,
      )
      expect(products(graph, nodeNamed(graph, layer), x, rows)).toEqual(y.data)

      const alpha = nodeNamed(graph, `${layer}_alpha`)
      // Types: scale fixed<16,6>, bias fixed<4,1> (cut to eighths), after decimal text of 10 and 3 digits.
      const scale = [...floatTensor(graph, alpha, 'scale').data].map(
        s => Math.floor(Number(s.toFixed(10)) * 1024) / 1024,
      )
      const bias = [...floatTensor(graph, alpha, 'bias').data].map(
        b => ((Math.floor(Number(b.toFixed(3)) * 8) + 8) & 15) / 8 - 1,
      )
      const result = y.data.map((value, k) => value * scale[k % y.width]! + bias[k % y.width]!)
      // The result of the power-of-two case is fixed<16,6>, that of the other loses nothing.
      const kept = name.endsWith('po2') ? result.map(value => Math.floor(value * 1024) / 1024) : result
      expect(kept).toEqual(trace(name, `${layer}_alpha`).data)
    },
  )
})

describe.skipIf(absent !== '')(`batch normalisation against its trace${absent}`, () => {
  it('qkeras_binary_mlp: bn3 is output · scale + bias', async () => {
    const graph = await imported(`${cases}/qkeras_binary_mlp/model.h5`)
    const { data, width } = trace('qkeras_binary_mlp', 'output')
    const typed = (role: string) =>
      [...floatTensor(graph, nodeNamed(graph, 'bn3'), role).data].map(
        x => Math.floor(Number(x.toFixed(10)) * 1024) / 1024,
      )
    const [scale, bias] = [typed('scale'), typed('bias')]
    const result = data.map((value, k) => value * scale[k % width]! + bias[k % width]!)
    expect(result).toEqual(trace('qkeras_binary_mlp', 'bn3').data)
  })
})

/** Logits of a QKeras network in plain numbers: dense, scales and quantised results. */
function run(graph: OpGraph, x: readonly number[]): number[] {
  let values = [...x]
  for (const node of graph.nodes) {
    const result = node.quantisers.result && exactQuantiserType(node.quantisers.result, 'result')
    if (node.kind === 'dense') values = products(graph, node, values, 1)
    else if (node.kind === 'batch-norm') {
      const [scale, bias] = [floatTensor(graph, node, 'scale').data, floatTensor(graph, node, 'bias').data]
      values = values.map((value, k) => value * scale[k]! + bias[k]!)
    } else if (result !== undefined) {
      values = values.map(value => rawToNumber(quantiseNumber(value, result), result.to.frac))
    }
  }
  return values
}

describe.skipIf(absent !== '')(`models made by others${absent}`, () => {
  const kinds = (graph: OpGraph) => graph.nodes.map(node => node.kind)

  it('reads the gamma-neutron teacher, dropping dropout', async () => {
    const graph = await imported(`${real}/gamma-neutron/teacherModel_GN.h5`)
    expect(graph.nodes.map(node => node.name)).not.toContain('dropout')
    expect(kinds(graph).filter(kind => kind === 'relu')).toHaveLength(5)
  })

  it('reads the gamma-neutron student: layers called relu that are clips, scales of powers of two', async () => {
    const graph = await imported(`${real}/gamma-neutron/studentModel_GN.h5`)
    expect(nodeNamed(graph, 'relu0')).toMatchObject({
      kind: 'quantise',
      inputs: ['fc1_linear'],
      quantisers: { result: { name: 'quantized_bits' } },
    })
    expect(nodeNamed(graph, 'fc2').inputs).toEqual(['relu0'])
    for (const name of ['fc1', 'fc2', 'fc3', 'fc4', 'fc5', 'output']) {
      const alpha = nodeNamed(graph, `${name}_alpha`)
      expect(alpha.attrs).toEqual({ scaleCoding: 'exponent' })
      expect(
        [...floatTensor(graph, alpha, 'scale').data].map(Math.log2).filter(x => !Number.isInteger(x)),
      ).toEqual([])
      const { to } = quantiserType(nodeNamed(graph, name).quantisers.weight!, 'weight')
      const units = [...floatTensor(graph, nodeNamed(graph, name), 'weight').data].map(x => x * 2 ** to.frac)
      expect(units.filter(x => !Number.isInteger(x) || Math.abs(x) >= 2 ** (to.width - 1))).toEqual([])
    }
  })

  it('gives the student its known decisions on measured pulses', async () => {
    const graph = await imported(`${real}/gamma-neutron/studentModel_GN.h5`)
    const lines = readFileSync(`${real}/gamma-neutron/traces.csv`, 'utf8').trim().split('\n').slice(1)
    const confusion = [0, 0, 0, 0]
    for (const line of lines) {
      const row = line.split(',').map(Number)
      const [first, second] = run(graph, row.slice(0, 161))
      confusion[row[161]! * 2 + (second! > first! ? 1 : 0)]!++
    }
    expect(confusion).toEqual([894, 5, 21, 878])
  })

  it.each([
    'KERAS_3layer',
    'KERAS_3layer_batch_norm',
    'KERAS_3layer_ternary_small',
    'qkeras_3layer',
    'qkeras_mnist_dense',
  ])('reads %s from JSON and a weights file', async name => {
    const graph = await imported(`${real}/keras/${name}.json`, `${real}/keras/${name}_weights.h5`)
    expect(graph.nodes.length).toBeGreaterThan(5)
  })

  it.each(['three_layer_keras', 'two_layer_pytorch', 'bnn_model_fc_1layer'])('reads %s', async name => {
    const graph = await imported(`${real}/onnx/${name}.onnx`)
    expect(graph.nodes.length).toBeGreaterThan(2)
  })

  it('reads keras/qkeras-v3_3layer.keras', async () => {
    const graph = await imported(`${real}/keras/qkeras-v3_3layer.keras`)
    expect(graph.nodes.flatMap(({ quantisers }) => Object.values(quantisers)).length).toBe(11)
  })
})
