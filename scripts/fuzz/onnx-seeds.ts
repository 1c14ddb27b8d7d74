// ONNX files: their bytes changed, and what they say.

import { writeOnnx } from '../../src/formats/onnx/write.ts'
import { onnxModels } from './onnx-models.ts'
import { plain, realFiles, type Seed } from './seed.ts'

type OnnxModel = ReturnType<typeof onnxModels>[number]

/** Attributes, extents and names of a model, as text, so that they are changed as such. */
const onnxText = (own: OnnxModel): Seed => ({
  parts: [JSON.stringify(own, (_, value) => (value instanceof Float64Array ? [...value] : value))],
  build: ([text]) => {
    const changed = tryParse(String(text)) as OnnxModel | undefined
    try {
      const initializers = Object.entries(changed!.initializers).map(([name, value]) => [
        name,
        { ...value, data: Float64Array.from(value.data) },
      ])
      const bytes = writeOnnx({ ...changed!, initializers: Object.fromEntries(initializers) })
      return [{ name: 'm.onnx', bytes }]
    } catch {
      // What cannot be written is no file to read.
      return []
    }
  },
})

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export async function onnx(): Promise<readonly Seed[]> {
  return [
    ...onnxModels().map(own => plain(['m.onnx'], [writeOnnx(own)])),
    ...onnxModels().map(onnxText),
    ...onnxModels().map(onnxText),
    ...realFiles('onnx', /\.onnx$/).map(({ bytes }) => plain(['m.onnx'], [bytes])),
  ]
}
