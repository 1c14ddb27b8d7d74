import { describe, expect, it } from 'vitest'
import { runFloat } from '../../engines/float.ts'
import type { OnnxTensor } from '../../formats/onnx/model.ts'
import { writeOnnx } from '../../formats/onnx/write.ts'
import { importModel } from '../index.ts'
import { model, node } from './testing/models.ts'

const scalar = (value: number): OnnxTensor => ({ element: 'float32', dims: [], data: Float64Array.of(value) })
const domain = 'qonnx.custom_op.general'
const size = 41

/** What a node of QONNX makes of numbers around 0, behind a Quant of `bits` bits of the scale. */
async function values(bits: number, scale: number, type: string, rest: number[], attributes = {}) {
  const names = ['scale', 'zero', 'bits', ...rest.map((_, k) => `r${k}`)]
  const numbers = [scale, 0, bits, ...rest]
  const initializers = Object.fromEntries(names.map((name, k) => [name, scalar(numbers[k]!)]))
  const nodes = [
    node('q', 'Quant', ['x', 'scale', 'zero', 'bits'], { signed: 1, narrow: 0 }, domain),
    node('y', type, ['q', ...names], attributes, domain),
  ]
  const bytes = writeOnnx(model([size], type === 'Quant' ? nodes.slice(0, 1) : nodes, initializers))
  const graph = await importModel([{ name: 'net.onnx', bytes }])
  const data = Float64Array.from({ length: size }, (_, k) => (k - 20) * 0.37 * scale)
  return [...runFloat(graph, [{ rows: 1, shape: [size], data }], graph.outputs).get(graph.outputs[0]!)!.data]
}

/** QONNX's own words, for a scale that is a power of two and zero points of 0. */
function integersOf(bits: number) {
  const round = (x: number) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))
  const [least, most] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]
  return Array.from({ length: size }, (_, k) => round(Math.min(Math.max((k - 20) * 0.37, least), most)))
}

const unsigned = (list: number[]) => list.map(value => value + 0)

describe('Trunc of QONNX', () => {
  it('of the first version divides and keeps the scale', async () => {
    const expected = integersOf(4).map(value => Math.floor(value / 4) * 0.5)
    expect(unsigned(await values(4, 0.5, 'Trunc', [2], { rounding_mode: 'FLOOR' }))).toEqual(
      unsigned(expected),
    )
  })

  it('of the second version has a scale for its result, and clips', async () => {
    const clipped = (value: number) => Math.min(Math.max(Math.floor(value / 2), -1), 1)
    const expected = integersOf(4).map(value => clipped(value) * 1)
    expect(
      unsigned(await values(4, 0.5, 'Trunc', [1, 0, 2], { rounding_mode: 'FLOOR', signed: 1, narrow: 1 })),
    ).toEqual(unsigned(expected))
  })

  it('has any scale', async () => {
    const got = await values(4, 0.3, 'Trunc', [2])
    const expected = integersOf(4).map(value => Math.floor(value / 4) * 0.3)
    for (const [k, value] of expected.entries()) expect(got[k]).toBeCloseTo(value, 6)
  })

  it('is refused where it has a zero point', async () => {
    await expect(values(4, 0.5, 'Trunc', [1, 3, 2])).rejects.toThrow('onnx/quant-parameters')
  })
})

describe('Quant of one bit and a sign', () => {
  it('is −1 and +1, as QONNX computes it', async () => {
    const got = await values(1, 0.5, 'Quant', [])
    expect(new Set(got)).toEqual(new Set([-0.5, 0.5]))
  })
})
