// What the order of passes is for: layers that only come together once something between them is gone.

import { describe, expect, it } from 'vitest'
import { type CompiledModel, type CompileOptions, compileModel } from '../compile.ts'
import { parseConfig } from '../config/parse.ts'
import { renderDiagnostic } from '../diagnostics/diagnostic.ts'
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

const ones = (size: number, value = 1) => floats([size], ...Array.from({ length: size }, () => value))

const norm = (name: string, size: number) =>
  layer(
    'BatchNormalization',
    name,
    { axis: [1], epsilon: 0, center: true, scale: true },
    {
      gamma: ones(size, 0.5),
      beta: ones(size, 0.25),
      moving_mean: ones(size, 0),
      moving_variance: ones(size),
    },
  )

async function compiled(layers: readonly TestLayer[], options: CompileOptions): Promise<CompiledModel> {
  const file = { name: 'small.h5', bytes: await kerasFile(layers, sequential(layers)) }
  return compileModel(await importModel([file]), { ...options, verifyPasses: true })
}

const kinds = ({ typed }: CompiledModel) => typed.nodes.map(node => `${node.name}: ${node.kind}`)
const config = (hls: object) => ({ config: parseConfig({ HLSConfig: hls }, 'c') })
const inputTypes = new Map([['x', { signed: true, width: 8, frac: 4 }]])

/** Dense, its linear activation, a normalisation and a relu, as Keras users stack them. */
const stacked = [inputLayer('x', 3), denseLayer('fc1', [3, 4]), norm('bn1', 4), layer('ReLU', 'relu1')]

const auto = { Precision: { result: 'auto' } }

describe('pipelines', () => {
  it('fuse a normalisation behind a linear activation', async () => {
    const lossless = await compiled(stacked, { inputTypes })
    expect(kinds(lossless)).toEqual(['x: input', 'fc1: dense', 'relu1: relu'])
    const names = { fc1: auto, fc1_linear: auto, bn1: auto }
    const hls4ml = await compiled(stacked, config({ Model: { Precision: 'fixed<16,6>' }, LayerName: names }))
    expect(kinds(hls4ml)).toEqual(['x: input', 'fc1: dense', 'relu1: relu'])
    expect(hls4ml.findings).toEqual([])
  })

  it('leave it apart where the layer has a type, as one precision for the model gives', async () => {
    const model = await compiled(stacked, config({ Model: { Precision: 'fixed<16,6>' } }))
    expect(kinds(model)).toEqual(['x: input', 'fc1: dense', 'bn1: batch-norm', 'relu1: relu'])
  })

  it('remove a linear activation that stands behind an auto result after fusing', async () => {
    const layers = [...stacked.slice(0, 3), layer('Activation', 'id', { activation: 'linear' })]
    const names = { fc1: auto, fc1_linear: auto, bn1: { Precision: { result: 'fixed<12,4>' } }, id: auto }
    const model = await compiled(layers, config({ Model: { Precision: 'fixed<16,6>' }, LayerName: names }))
    expect(kinds(model)).toEqual(['x: input', 'fc1: dense'])
    expect(model.findings.map(renderDiagnostic)).toEqual([
      "config/no-effect: layer 'bn1': its result type fixed<12,4> is not read: hls4ml folds it into 'fc1', whose result is auto. Set Precision.result of 'fc1'; then the two stay apart.",
    ])
  })

  it('merge two normalisations only behind an auto result', async () => {
    const layers = [inputLayer('x', 4), norm('bn1', 4), norm('bn2', 4)]
    expect(kinds(await compiled(layers, { inputTypes }))).toEqual(['x: input', 'bn2: batch-norm'])
    const model = await compiled(layers, config({ Model: { Precision: 'fixed<16,6>' } }))
    expect(kinds(model)).toEqual(['x: input', 'bn1: batch-norm', 'bn2: batch-norm'])
  })

  it('say that rounding modes find no type where none is asked', async () => {
    const rounding = { layers: ['relu1'], roundingMode: 'RND' }
    const options = { config: parseConfig({ outputRoundingSaturationMode: rounding }, 'c'), inputTypes }
    const model = await compiled(stacked, options)
    expect(model.rules).toBe('lossless')
    expect(model.findings.map(({ code }) => code)).toEqual(['config/no-effect'])
  })
})
