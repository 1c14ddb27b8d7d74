// Model files that are missing, damaged, hostile or beyond what Lutra reads.

import { mkdir, writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { kerasLayers } from '../../src/frontends/keras/layers.ts'
import {
  denseLayer,
  floats,
  inputLayer,
  kerasFile,
  layer,
  sequential,
} from '../../src/frontends/keras/testing/models.ts'
import { lutra, smallLayers, useFolder, writeModel } from './command-line.ts'

useFolder()
beforeAll(async () => {
  await writeModel('model.h5')
  await writeFile('rows.csv', '0.5,0.25,-0.5\n')
})

const predict = (model: string, ...more: string[]) =>
  lutra(['predict', model, '--input', 'rows.csv', ...more])

describe('files', () => {
  it('missing', async () => {
    expect(await predict('modle.h5')).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-found: modle.h5: there is no such file. Did you mean 'model.h5'?"
    `)
    expect(await predict('nowhere/net.h5')).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-found: nowhere/net.h5: there is no such file. Check the path; it is read from the current folder."
    `)
  })

  it('a folder', async () => {
    await mkdir('saved')
    expect(await predict('saved')).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-readable: saved: the file cannot be read: it is a folder. Give a file in it."
    `)
  })

  it('empty, or something else', async () => {
    await writeFile('empty.h5', '')
    await writeFile('text.h5', 'not a model')
    expect(await predict('empty.h5')).toMatchInlineSnapshot(`
      "exit 2
      error: import/unknown-format: empty.h5: the file is empty; expected Keras and QKeras: .h5, .keras, or .json with a weights .h5; ONNX and QONNX: .onnx; TensorFlow.js layers models: model.json with its .bin files."
    `)
    expect(await predict('text.h5')).toMatchInlineSnapshot(`
      "exit 2
      error: import/unknown-format: text.h5: the file is no model that Lutra knows; expected Keras and QKeras: .h5, .keras, or .json with a weights .h5; ONNX and QONNX: .onnx; TensorFlow.js layers models: model.json with its .bin files."
    `)
    expect(await predict('rows.csv')).toMatchInlineSnapshot(`
      "exit 2
      error: import/unknown-format: rows.csv: the file is no model that Lutra knows; expected Keras and QKeras: .h5, .keras, or .json with a weights .h5; ONNX and QONNX: .onnx; TensorFlow.js layers models: model.json with its .bin files."
    `)
  })

  it('truncated at any length: a coded error, never a crash', async () => {
    const layers = smallLayers()
    const whole = await kerasFile(layers, sequential(layers))
    await writeFile('half.h5', whole.subarray(0, whole.length / 2))
    expect(await predict('half.h5')).toMatchInlineSnapshot(`
      "exit 2
      error: hdf5/truncated: half.h5: the file has 3088 bytes but its header states 6176 bytes. Save or copy the file again and compare its size with the original."
    `)
    for (let length = 1; length < whole.length; length += Math.ceil(whole.length / 25)) {
      await writeFile('part.h5', whole.subarray(0, length))
      expect(await predict('part.h5'), `${length} bytes`).toMatch(
        /^exit 2\nerror: (hdf5|keras|import)\/[a-z-]+: part\.h5/,
      )
    }
  })

  it('hostile bytes: a coded error or a model that reads, never a crash', async () => {
    const layers = smallLayers()
    const whole = await kerasFile(layers, sequential(layers))
    let state = 7
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    for (let trial = 0; trial < 40; trial++) {
      const bytes = whole.slice()
      for (let k = 0; k < 8; k++) bytes[random(2000)] = random(256)
      await writeFile('hostile.h5', bytes)
      expect(await predict('hostile.h5'), `trial ${trial}`).toMatch(
        /^exit 0|^exit 2\nerror: (hdf5|keras|import|graph)\/[a-z-]+: /,
      )
    }
  })
})

describe('layers and weights', () => {
  const model = async (...layers: Parameters<typeof writeModel>[1] & {}) => {
    await writeModel('bad.h5', [inputLayer('x', 3), ...layers])
    return predict('bad.h5')
  }

  it('of the wrong shape', async () => {
    expect(await model(denseLayer('fc', [4, 2]))).toMatchInlineSnapshot(`
      "exit 2
      error: keras/weight-shape: layer 'fc' (Dense): its 'kernel' has the shape [4, 2]; expected [3, 2]. Give the weights that belong to this architecture."
    `)
    const short = { ...denseLayer('fc', [3, 2]).weights, bias: floats([3], 1, 2, 3) }
    expect(await model({ ...denseLayer('fc', [3, 2]), weights: short })).toMatchInlineSnapshot(`
      "exit 2
      error: keras/weight-shape: layer 'fc' (Dense): its 'bias' has the shape [3]; expected [2]. Give the weights that belong to this architecture."
    `)
  })

  it('NaN and infinite', async () => {
    const kernel = (value: number) => ({
      kernel: floats([3, 2], 1, 2, 3, value, 5, 6),
      bias: floats([2], 0, 0),
    })
    expect(await model({ ...denseLayer('fc', [3, 2]), weights: kernel(NaN) })).toMatchInlineSnapshot(`
      "exit 2
      error: keras/not-finite-weight: layer 'fc' (Dense): element [1, 1] of 'kernel' is NaN; expected finite numbers. Training diverged; train again, e.g. with a smaller learning rate."
    `)
    expect(await model({ ...denseLayer('fc', [3, 2]), weights: kernel(-Infinity) })).toMatchInlineSnapshot(`
      "exit 2
      error: keras/not-finite-weight: layer 'fc' (Dense): element [1, 1] of 'kernel' is -Infinity; expected finite numbers. Training diverged; train again, e.g. with a smaller learning rate."
    `)
  })

  it('missing', async () => {
    expect(await model({ ...denseLayer('fc', [3, 2]), weights: {} })).toMatchInlineSnapshot(`
      "exit 2
      error: keras/missing-weight: layer 'fc' (Dense): bad.h5 has no 'kernel' for it; it has no weights of this layer; expected an array 'fc/kernel:0'. Give the weights that belong to this architecture.
      error: keras/missing-weight: layer 'fc' (Dense): bad.h5 has no 'bias' for it; it has no weights of this layer; expected an array 'fc/bias:0'. Give the weights that belong to this architecture."
    `)
  })

  it('unknown', async () => {
    const classes = `the ${Object.keys(kerasLayers).length} classes`
    const unknown = async (name: string) => (await model(layer(name, 'fc'))).replace(classes, '<classes>')
    expect(await unknown('Densee')).toMatchInlineSnapshot(`
      "exit 2
      error: keras/unsupported-layer: layer 'fc' (Densee): layers of class Densee are not supported; expected one of <classes> that docs/support.md lists. Near it by name: Dense, QDense. Replace it, split the model before and behind it, or write an operator for it (docs/own-operators.md)."
    `)
    expect(await unknown('dense')).toMatchInlineSnapshot(`
      "exit 2
      error: keras/unsupported-layer: layer 'fc' (dense): layers of class dense are not supported; expected one of <classes> that docs/support.md lists. Near it by name: Dense, QDense, BinaryDense, TernaryDense. Replace it, split the model before and behind it, or write an operator for it (docs/own-operators.md)."
    `)
    expect(await unknown('RandomFourierFeatures')).toMatchInlineSnapshot(`
      "exit 2
      error: keras/unsupported-layer: layer 'fc' (RandomFourierFeatures): layers of class RandomFourierFeatures are not supported; expected one of <classes> that docs/support.md lists. Replace it, split the model before and behind it, or write an operator for it (docs/own-operators.md)."
    `)
  })

  it('of unknown attributes, or values', async () => {
    expect(await model(denseLayer('fc', [3, 2], { sparsity_mode: 'block' }))).toMatchInlineSnapshot(`
      "exit 2
      error: keras/unknown-attribute: layer 'fc' (Dense): the attribute 'sparsity_mode' ("block") is not known to this layer; expected name, dtype, units, use_bias, activation, or one that only training reads. Remove it, or replace the layer by one that does without it."
    `)
    const mish = await model(denseLayer('fc', [3, 2], { activation: 'mish' }))
    expect(mish.replace(/one of linear.*, or/, 'one of <activations>, or')).toMatchInlineSnapshot(`
      "exit 2
      error: keras/unsupported-activation: layer 'fc' (Dense): the activation "mish" is not supported yet; expected one of <activations>, or a QKeras quantizer. Replace it and train again."
    `)
    expect(await model(denseLayer('fc', [3, 2], { units: -2 }))).toMatchInlineSnapshot(`
      "exit 2
      error: keras/attribute-value: layer 'fc' (Dense): the attribute 'units' is -2; expected a whole number above 0. Save the model again.
      error: keras/weight-shape: layer 'fc' (Dense): its 'kernel' has the shape [3, 2]; expected [3, 1]. Give the weights that belong to this architecture.
      error: keras/weight-shape: layer 'fc' (Dense): its 'bias' has the shape [2]; expected [1]. Give the weights that belong to this architecture."
    `)
  })

  it('without an architecture', async () => {
    await writeFile('weights.h5', await kerasFile(smallLayers()))
    expect(await predict('weights.h5')).toMatchInlineSnapshot(`
      "exit 2
      error: keras/no-architecture: weights.h5: the file holds weights and no architecture; expected an attribute 'model_config'. Give the architecture too (model.to_json() in a .json file), or save with model.save(…)."
    `)
  })
})

describe('other formats', () => {
  it('says what is read', async () => {
    await writeFile('net.onnx', Uint8Array.of(8, 7, 18, 7, 112, 121, 116, 111, 114, 99, 104))
    expect(await predict('net.onnx')).toMatchInlineSnapshot(`
      "exit 2
      error: onnx/damaged-file: net.onnx: the model has no graph; expected a model with a graph and the versions of its operators. Copy or export the model again."
    `)
  })
})
