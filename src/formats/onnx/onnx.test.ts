// ONNX files read and written: round trips, real files, and files that are damaged.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { modelMessage } from './messages.ts'
import { elementTypes, type OnnxElement, type OnnxModel } from './model.ts'
import { readOnnx } from './read.ts'
import { tensorBytes } from './tensor.ts'
import { writeOnnx } from './write.ts'

const small: OnnxModel = {
  irVersion: 8,
  producer: 'test',
  opsets: { '': 13, 'qonnx.custom_op.general': 1 },
  name: 'small',
  nodes: [
    {
      name: '/fc/Gemm',
      type: 'Gemm',
      domain: '',
      inputs: ['x', 'w', ''],
      outputs: ['y'],
      attributes: {
        alpha: { kind: 'float', value: 0.5 },
        transB: { kind: 'int', value: -1 },
        pads: { kind: 'ints', value: [0, 1, 2] },
        scales: { kind: 'floats', value: [1, 2.5] },
        mode: { kind: 'string', value: 'constant é' },
        words: { kind: 'strings', value: ['a', 'b'] },
        value: { kind: 'tensor', value: { element: 'int64', dims: [2], data: Float64Array.of(-3, 2 ** 40) } },
      },
    },
  ],
  initializers: { w: { element: 'float32', dims: [2, 3], data: Float64Array.of(1, 2, 3, -4, 0.5, 6) } },
  inputs: [{ name: 'x', element: 'float32', dims: ['batch', 2] }],
  outputs: [{ name: 'y', element: 'float32', dims: ['batch', 3] }],
  values: [],
  metadata: { author: 'nobody' },
}

const codeOf = (bytes: Uint8Array) => {
  try {
    readOnnx(bytes, 'm.onnx')
    return 'read'
  } catch (error) {
    if (error instanceof CompileError) return error.diagnostics[0]!.code
    throw error
  }
}

describe('a model', () => {
  it('comes back as it was written', () => {
    expect(readOnnx(writeOnnx(small), 'm.onnx')).toEqual(small)
    expect(writeOnnx(readOnnx(writeOnnx(small), 'm.onnx'))).toEqual(writeOnnx(small))
  })

  it.each(Object.values(elementTypes))('keeps numbers of type %s', element => {
    const samples: Partial<Record<OnnxElement, number[]>> = {
      float16: [1, -0.5, 65504],
      bfloat16: [1, -0.5, 2 ** 100],
      bool: [0, 1, 1],
    }
    const data = Float64Array.from(samples[element] ?? [0, 1, 100])
    const initializers = { w: { element, dims: [3], data } }
    expect(readOnnx(writeOnnx({ ...small, initializers }), 'm').initializers.w!.data).toEqual(data)
  })

  it('rounds to bfloat16 ties to even', () => {
    const bytes = tensorBytes(
      'bfloat16',
      Float64Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20),
    )
    expect([...new Uint16Array(bytes.buffer)]).toEqual([0x3f80, 0x3f82, 0x3f81])
  })

  it('may hold numbers in fields of their kind', () => {
    const tensor = { name: 'w', dims: [2], dataType: 6, int32Data: [-1, 7] }
    const graph = { initializer: [tensor, { name: 'h', dims: [1], dataType: 10, int32Data: [0x3c00] }] }
    const bytes = modelMessage.encode({ graph, opsetImport: [{ version: 9 }] }).finish()
    const { initializers } = readOnnx(bytes, 'm')
    expect([...initializers.w!.data]).toEqual([-1, 7])
    expect([...initializers.h!.data]).toEqual([1])
  })
})

const real = resolve(import.meta.dirname, '../../../../shared/reference/real/onnx')
describe.skipIf(!existsSync(real))('models made by others', () => {
  it('are read, and written again mean the same', () => {
    for (const file of readdirSync(real)) {
      const model = readOnnx(readFileSync(join(real, file)), file)
      expect(model.nodes.length).toBeGreaterThan(0)
      expect(readOnnx(writeOnnx(model), file)).toEqual(model)
    }
  })
})

describe('a damaged file', () => {
  const encoded = (graph: object) => modelMessage.encode({ graph, opsetImport: [{ version: 9 }] }).finish()
  it.each([
    ['onnx/damaged-file', new Uint8Array()],
    ['onnx/damaged-file', modelMessage.encode({ opsetImport: [{ version: 9 }] }).finish()],
    [
      'onnx/tensor-size',
      encoded({ initializer: [{ name: 'w', dims: [1e9, 1e9], dataType: 1, floatData: [1] }] }),
    ],
    ['onnx/tensor-size', encoded({ initializer: [{ name: 'w', dims: [-1], dataType: 1, floatData: [1] }] })],
    ['onnx/element-type', encoded({ initializer: [{ name: 'w', dims: [1], dataType: 8 }] })],
    [
      'onnx/external-data',
      encoded({
        initializer: [
          {
            name: 'w',
            dims: [1],
            dataType: 1,
            externalData: [{ key: 'location', value: 'w.bin' }],
            dataLocation: 1,
          },
        ],
      }),
    ],
    ['onnx/unsupported-part', encoded({ sparseInitializer: [{}] })],
    [
      'onnx/duplicate-name',
      encoded({
        initializer: [1, 2].map(value => ({ name: 'w', dims: [1], dataType: 1, floatData: [value] })),
      }),
    ],
  ])('is refused with %s', (code, bytes) => {
    expect(codeOf(bytes)).toBe(code)
  })

  it('cut anywhere is refused, or was whole up to there', () => {
    const whole = writeOnnx(small)
    for (let length = 0; length < whole.length; length++) {
      expect(codeOf(whole.slice(0, length))).toMatch(/^(onnx\/|read$)/)
    }
  })

  it('nested too deep, or of any bytes, is refused with a code', () => {
    const deep = Uint8Array.from({ length: 4000 }, (_, k) => (k % 2 === 0 ? 0x3a : 0x7e))
    expect(codeOf(deep)).toBe('onnx/damaged-file')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (noise, at) => {
        const bytes = writeOnnx(small)
        bytes.set(
          noise.subarray(0, Math.min(noise.length, bytes.length)),
          at % Math.max(1, bytes.length - noise.length),
        )
        expect(codeOf(bytes)).toMatch(/^(onnx\/|read$)/)
      }),
      { numRuns: 300 },
    )
  })
})
