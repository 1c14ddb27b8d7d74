import { describe, expect, it } from 'vitest'
import { CompileError } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from './frontend.ts'
import { importModel } from './index.ts'
import { denseLayer, inputLayer, kerasFile, sequential } from './keras/testing/models.ts'

async function message(files: readonly SourceFile[]): Promise<string> {
  const problem = await importModel(files).catch((thrown: unknown) => thrown)
  return problem instanceof CompileError ? problem.message : String(problem)
}

const text = (content: string) => new TextEncoder().encode(content)
const expected =
  'expected Keras and QKeras: .h5, .keras, or .json with a weights .h5; ONNX and QONNX: .onnx; TensorFlow.js layers models: model.json with its .bin files'

const pickleLines = `Export it in Python, where the class of the model is at hand:
  import torch
  model = Net()  # the class that was trained
  model.load_state_dict(torch.load('model.pt'))  # or, where the whole model was saved: model = torch.load('model.pt')
  torch.onnx.export(model.eval(), torch.zeros(1, 16), 'model.onnx')  # zeros of the shape of the input, one row`

describe('importModel', () => {
  it.each<[string, SourceFile, string]>([
    [
      'PyTorch',
      { name: 'net.pt', bytes: text('PK\x03\x04…archive/data.pkl') },
      `import/unsupported-format: net.pt: not supported yet: PyTorch files; ${expected}. ${pickleLines}`,
    ],
    [
      'pickles',
      { name: 'net.pth', bytes: Uint8Array.of(0x80, 2, 0x7d, 0x71, 0, 0x2e) },
      `import/unsupported-format: net.pth: not supported yet: PyTorch files; ${expected}. ${pickleLines}`,
    ],
    ...['serialized_exported_program.json', 'net/archive_format'].map(
      (held): [string, SourceFile, string] => [
        `archives of torch.export with ${held}`,
        { name: 'net.pt2', bytes: text(`PK\x03\x04…${held}…data.pkl`) },
        `import/unsupported-format: net.pt2: not supported yet: archives of torch.export; ${expected}. Export it in Python:
  import torch
  program = torch.export.load('model.pt2')
  torch.onnx.export(program.module(), program.example_inputs[0], 'model.onnx')`,
      ],
    ),
    [
      'other archives',
      { name: 'net.zip', bytes: text('PK\x03\x04') },
      `import/unsupported-format: net.zip: not supported yet: zip archives; ${expected}. Unpack it and give the model file in it.`,
    ],
    [
      'empty files',
      { name: 'net.h5', bytes: new Uint8Array(0) },
      `import/unknown-format: net.h5: the file is empty; ${expected}.`,
    ],
    [
      'other JSON',
      { name: 'net.json', bytes: text('{"layers": 3}') },
      `import/unknown-format: net.json: the file is no model that Lutra knows; ${expected}.`,
    ],
    [
      'broken JSON',
      { name: 'net.json', bytes: text('{"class_name": ') },
      `import/unknown-format: net.json: the file is no model that Lutra knows; ${expected}.`,
    ],
  ])('refuses %s by content', async (_, file, problem) => {
    expect(await message([file])).toBe(problem)
  })

  it('refuses nothing at all, and too much', async () => {
    expect(await message([])).toBe(`import/no-files: no model file was given; ${expected}.`)
    const layers = [inputLayer('in', 2), denseLayer('a', [2, 2])]
    const bytes = await kerasFile(layers, sequential(layers))
    expect(
      await message([
        { name: 'a.h5', bytes },
        { name: 'b.h5', bytes },
      ]),
    ).toBe(
      'import/several-models: a.h5, b.h5: these are more files than one Keras model has; expected one .h5, or one .json and one weights .h5.',
    )
  })

  it('goes by content, not by name', async () => {
    const layers = [inputLayer('in', 2), denseLayer('a', [2, 2])]
    const graph = await importModel([
      { name: 'model.onnx', bytes: await kerasFile(layers, sequential(layers)) },
    ])
    expect(graph.outputs).toEqual(['a_linear'])
  })
})
