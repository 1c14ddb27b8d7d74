import { describe, expect, it } from 'vitest'
import { collectProblems } from '../../frontends/problems.ts'
import { parseQuantiser } from '../../frontends/qkeras/parse.ts'
import { quantiseWeights } from '../../frontends/qkeras/quantisers.ts'
import { loadAutodiff, type Tensors } from '../autodiff.ts'
import { streamOf } from '../random.ts'
import type { QuantiserSpec } from './definition.ts'
import { quantisers } from './index.ts'
import { quantiserText, readQuantiser } from './parse.ts'
import { autoScale, references } from './testing/reference.ts'

const autodiff = await loadAutodiff()
const { maths } = autodiff

function parsed(text: string): QuantiserSpec {
  const problems = collectProblems()
  const spec = readQuantiser(text, 'test', problems)
  problems.throwIfAny()
  return spec!
}

/** Values and slopes of an array of this shape; in training, draws of this seed. */
function apply(
  { name, options }: QuantiserSpec,
  data: Float32Array,
  { shape = [data.length], training = false, seed = 1 } = {},
): { values: number[]; slopes: number[] } {
  const work = ({ x, s }: Tensors) => {
    const { loss, more, gradients } = autodiff.gradient(
      weights => {
        const context = { maths, training, seed: s!, salt: 3 }
        const value = quantisers[name]!.apply(weights.x!, options, context)
        return { loss: maths.sum(value), more: { value } }
      },
      { x: x! },
    )
    return { loss, value: more.value, slope: gradients.x! }
  }
  const given = {
    x: autodiff.upload({ shape, data }),
    s: autodiff.upload({ shape: [], data: Int32Array.of(seed) }),
  }
  const result = autodiff.compile(work)(given)
  return {
    values: [...autodiff.download(result.value)].map(own => own + 0),
    slopes: [...autodiff.download(result.slope)],
  }
}

/** Numbers of many sizes, ties of grids among them, zero, tiny and huge ones. */
function numbers(seed: number, count = 600): Float32Array {
  const uniform = streamOf(seed, 'numbers')
  const special = [
    0, 0.5, -0.5, 1, -1, 1.5, -1.5, 0.33, -0.33, 1e-8, -1e-8, 2e-7, 100, -100, 0.0625, -0.03125,
  ]
  return Float32Array.from({ length: count }, (_, k) => {
    if (k < special.length) return special[k]!
    const x = (uniform() * 2 - 1) * 2 ** Math.floor(uniform() * 8 - 4)
    return k % 3 === 0 ? Math.round(x * 64) / 64 : x
  })
}

const plain = [
  'quantized_bits(8,0)',
  'quantized_bits(4,1,alpha=1)',
  'quantized_bits(6,2,symmetric=True,alpha=1)',
  'quantized_bits(5,0,keep_negative=False,alpha=1)',
  'quantized_bits(4,0,alpha=0.75)',
  'quantized_bits(3,-2,alpha=1)',
  'quantized_bits(1,0,alpha=1)',
  'quantized_linear(8,0)',
  'quantized_linear(4,1,symmetric=False,alpha=2)',
  'quantized_linear(5,0,keep_negative=False)',
  'quantized_linear(1,1)',
  'quantized_relu(6,1)',
  'quantized_relu(8)',
  'quantized_relu(5,2,negative_slope=0.25)',
  'quantized_tanh(5)',
  'quantized_tanh(4,symmetric=True)',
  'quantized_sigmoid(6)',
  'quantized_sigmoid(4,symmetric=True)',
  'binary',
  'binary(alpha=0.5)',
  'binary(use_01=True,alpha=1)',
  'ternary',
  'ternary(alpha=2,threshold=0.5)',
  'stochastic_binary',
  'stochastic_ternary',
  'quantized_po2(4)',
  'quantized_po2(5,max_value=2)',
  'quantized_po2(4,max_value=0.5)',
  'quantized_po2(6,quadratic_approximation=True)',
  "quantized_po2(4,log2_rounding='floor')",
  'quantized_hswish(6,2)',
  'quantized_hswish(5,1,symmetric=True,relu_shift=2.5,relu_upper_bound=5)',
  'quantized_relu_po2(4)',
  'quantized_relu_po2(4,negative_slope=0.25)',
]

describe('quantisers', () => {
  it.each(plain)('%s is the formula of QKeras, for every number', text => {
    const spec = parsed(text)
    const reference = references[spec.name.replace('stochastic_', '')]!
    const x = numbers(7)
    // Scales that are no powers of two round the product once, to float32.
    const expected = [...x].map(
      value => Math.fround(reference(value, { use_01: false, ...spec.options })) + 0,
    )
    expect(apply(spec, x).values).toEqual(expected)
  })

  it.each([
    ['quantized_bits(5,0)', () => 1],
    ['quantized_po2(4)', () => 1],
    ['binary(alpha=1)', () => 1],
    ['binary', (x: number) => 1 - Math.tanh(x) ** 2],
    ['quantized_linear(4,1)', (x: number) => (Math.abs(x) < 2 - 0.25 ? 1 : 0)],
    ['quantized_relu(6,1)', (x: number) => (x > 0 && x <= 2 - 2 ** -5 ? 1 : 0)],
    ['quantized_relu(5,1,negative_slope=0.25)', (x: number) => (x > 2 - 0.125 ? 0 : x > 0 ? 1 : 0.25)],
    ['quantized_hswish(5,4)', (x: number) => (x < -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5)],
    ['quantized_tanh(5)', (x: number) => (Math.abs(x) < 1 - 1 / 32 ? 1 : 0)],
    ['quantized_sigmoid(6)', (x: number) => (Math.abs(x) < 1 - 1 / 32 ? 0.5 : 0)],
  ])('%s passes its gradient straight through', (text, slope) => {
    // Away from corners, where either side's slope would do.
    const x = numbers(9).filter(value => ![0, 1, 2].some(at => Math.abs(Math.abs(value) - at) < 0.05))
    const { slopes } = apply(parsed(text), x)
    for (const [k, own] of slopes.entries()) expect(Math.abs(own - slope(x[k]!))).toBeLessThan(1e-6)
  })

  it.each([
    "quantized_bits(4,0,alpha='auto')",
    "quantized_bits(6,2,alpha='auto')",
    "quantized_bits(4,1,alpha='auto_po2')",
    "binary(alpha='auto')",
    "binary(alpha='auto_po2')",
    "ternary(alpha='auto')",
    "ternary(alpha='auto_po2')",
  ])('%s is what is read from the file', text => {
    for (const [seed, shape] of [
      [1, [40, 6]],
      [2, [3, 3, 4, 5]],
      [3, [7]],
    ] as const) {
      const uniform = streamOf(seed, text)
      const size = shape.reduce((a: number, b) => a * b, 1)
      const data = Float32Array.from({ length: size }, () => (uniform() * 2 - 1) * 3)
      const quantiser = parseQuantiser(text, 'test', collectProblems())!
      const read = quantiseWeights(quantiser, { shape: [...shape], data: Float64Array.from(data) })
      expect(apply(parsed(text), data, { shape: [...shape] }).values).toEqual([...read.values])
    }
  })

  it('finds the step of auto that float64 finds', () => {
    const uniform = streamOf(4, 'auto')
    const data = Float32Array.from({ length: 120 }, () => uniform() * 2 - 1)
    const { values } = apply(parsed("quantized_bits(5,0,alpha='auto')"), data, { shape: [40, 3] })
    for (const channel of [0, 1, 2]) {
      const own = (array: ArrayLike<number>) =>
        Array.from({ length: 40 }, (_, row) => array[row * 3 + channel]!)
      const { step, codes } = autoScale(own(data), 5)
      for (const [row, value] of own(values).entries())
        expect(Math.abs(value - codes[row]! * step)).toBeLessThan(step * 1e-5)
    }
  })

  it('keeps a channel of zeros at zero', () => {
    for (const text of ["quantized_bits(4,0,alpha='auto')", "ternary(alpha='auto')"])
      expect(apply(parsed(text), new Float32Array(6), { shape: [3, 2] }).values).toEqual([0, 0, 0, 0, 0, 0])
  })

  it.each([
    ['quantized_bits(4,0,alpha=1,use_stochastic_rounding=True)', 0.3, [0.25, 0.375]],
    ['quantized_po2(5,use_stochastic_rounding=True)', 0.3, [0.25, 0.5]],
    ["stochastic_binary(alpha='auto')", 0.1, undefined],
    ["stochastic_ternary(alpha='auto')", 0.1, undefined],
    ['bernoulli', 0.05, [0, 1]],
  ] as const)('%s draws in training, by its seed', (text, x, values) => {
    const uniform = streamOf(1, 'x')
    const data = Float32Array.from({ length: 4000 }, () =>
      values === undefined ? x * (uniform() * 2 - 1) : x,
    )
    const draw = (seed: number) => apply(parsed(text), data, { shape: [4000, 1], training: true, seed })
    const first = draw(1)
    expect(draw(1)).toEqual(first)
    expect(draw(2).values).not.toEqual(first.values)
    if (values !== undefined) expect([...new Set(first.values)].sort()).toEqual([...values])
    expect(first.slopes.every(own => own === 1)).toBe(true)
  })

  it('rounds by chance so that the mean is the value', () => {
    const data = new Float32Array(20_000).fill(Math.fround(0.3))
    const mean = (text: string) =>
      apply(parsed(text), data, { shape: [20_000, 1], training: true }).values.reduce((a, b) => a + b) /
      20_000
    expect(mean('quantized_bits(4,0,alpha=1,use_stochastic_rounding=True)')).toBeCloseTo(0.3, 2)
    expect(mean('quantized_po2(5,use_stochastic_rounding=True)')).toBeCloseTo(0.3, 2)
  })

  it('feels less of the quantisation where the noise factor says so', () => {
    const { values, slopes } = apply(
      parsed('quantized_bits(2,0,alpha=1,qnoise_factor=0.5)'),
      Float32Array.of(0.3),
    )
    expect(values).toEqual([Math.fround(0.3 + 0.5 * (0.5 - Math.fround(0.3)))])
    expect(slopes).toEqual([1])
  })

  it.each(plain)('%s is written as it is read', text => {
    const spec = parsed(text)
    expect(parsed(quantiserText(spec))).toEqual(spec)
  })
})
