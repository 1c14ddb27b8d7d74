import { expect, it } from 'vitest'
import { type HostArray, loadAutodiff, type Tensors } from './autodiff.ts'

const { maths, compile, gradient, upload, download, release } = await loadAutodiff()
const float = (shape: readonly number[], ...values: number[]): HostArray => ({
  shape,
  data: Float32Array.from(values),
})

/** One compiled run on host arrays. */
function run(work: (x: Tensors) => Tensors, inputs: Record<string, HostArray>): Record<string, number[]> {
  const given = Object.fromEntries(Object.entries(inputs).map(([name, array]) => [name, upload(array)]))
  const result = compile(work)(given)
  const read = Object.fromEntries(
    Object.entries(result).map(([name, tensor]) => [name, [...(download(tensor) as Float32Array)]]),
  )
  release(given)
  release(result)
  return read
}

it('consumes no operand: values serve many operations and give themselves back', () => {
  const { same, both } = run(({ x }) => ({ same: x!, both: maths.add(maths.square(x!), x!) }), {
    x: float([3], 1, 2, 3),
  })
  expect(same).toEqual([1, 2, 3])
  expect(both).toEqual([2, 6, 12])
})

it('passes gradients straight through a rounding, and nothing through what is stopped', () => {
  const { value, slope } = run(
    ({ x }) => {
      const { loss, gradients } = gradient(
        weights => {
          const rounded = maths.straightThrough(maths.round(weights.x!), weights.x!)
          return { loss: maths.sum(maths.multiply(rounded, maths.stopGradient(weights.x!))), more: {} }
        },
        { x: x! },
      )
      return { value: loss, slope: gradients.x! }
    },
    { x: float([2], 0.6, 2.5) },
  )
  expect(value).toEqual([Math.fround(0.6 + 5)])
  expect(slope).toEqual([Math.fround(0.6), 2.5])
})

it('rounds quotients of float32 once, and halves to even', () => {
  const random = Array.from({ length: 2000 }, (_, k) => Math.fround(Math.sin(k) * 10 ** (k % 7)))
  const other = Array.from({ length: 2000 }, (_, k) => Math.fround(Math.cos(3 * k) + 1.5))
  const { quotient, round } = run(
    ({ a, b }) => ({ quotient: maths.exactQuotient(a!, b!), round: maths.round(a!) }),
    { a: float([2000], ...random), b: float([2000], ...other) },
  )
  expect(quotient).toEqual(random.map((a, k) => Math.fround(a / other[k]!)))
  expect(run(({ x }) => ({ y: maths.round(x!) }), { x: float([4], 0.5, 1.5, -2.5, -0.2) }).y).toEqual([
    0, 2, -2, 0,
  ])
  expect(round!.length).toBe(2000)
})

it('rounds every number near a half, and large ones, as float32 has them', () => {
  const bits = new Float32Array(1)
  const words = new Uint32Array(bits.buffer)
  const near = Array.from({ length: 41 * 7 }, (_, k) => {
    bits[0] = Math.floor(k / 7) / 2 - 10
    if (bits[0] !== 0) words[0] = words[0]! + (k % 7) - 3
    return bits[0]
  })
  const data = [...near, 8388607.5, 8388609, -8388611, 4194303.5, 1e9, -1e-40, 1e-8, -1e-8].map(Math.fround)
  const even = (x: number) => {
    const [below, rest] = [Math.floor(x), x - Math.floor(x)]
    return (rest === 0.5 ? below % 2 === 0 : rest < 0.5) ? below : below + 1
  }
  const { y } = run(({ x }) => ({ y: maths.round(x!) }), { x: float([data.length], ...data) })
  expect(y!.map(own => own + 0)).toEqual(data.map(own => even(own) + 0))
})

it('draws the same numbers for a seed and salt, and others for another', () => {
  const draw = (seed: number, salt: number) =>
    run(({ s }) => ({ u: maths.uniform(s!, salt, [1000]) }), {
      s: { shape: [], data: Int32Array.of(seed) },
    }).u!
  const first = draw(7, 0)
  expect(first).toEqual(draw(7, 0))
  expect(first).not.toEqual(draw(7, 1))
  expect(first).not.toEqual(draw(8, 0))
  expect(Math.min(...first)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...first)).toBeLessThan(1)
  expect(first.reduce((a, b) => a + b) / 1000).toBeCloseTo(0.5, 1)
})

it('pads with a value, slices and takes rows', () => {
  const x = float([2, 2], 1, 2, 3, 4)
  expect(
    run(
      ({ x }) => ({
        y: maths.pad(
          x!,
          [
            [0, 0],
            [1, 0],
          ],
          -9,
        ),
      }),
      { x },
    ).y,
  ).toEqual([-9, 1, 2, -9, 3, 4])
  expect(run(({ x }) => ({ y: maths.slice(x!, -1, 1, 2) }), { x }).y).toEqual([2, 4])
  const rows = { shape: [3], data: Int32Array.of(1, 0, 1) }
  expect(run(({ x, rows }) => ({ y: maths.takeRows(x!, rows!) }), { x, rows }).y).toEqual([3, 4, 1, 2, 3, 4])
})

it('reads and makes float32 by their bits', () => {
  const exponent = run(({ x }) => ({ y: maths.fromBits(maths.bitAnd(maths.bitsOf(x!), 0x7f800000)) }), {
    x: float([3], 5, 0.3, 1),
  }).y
  expect(exponent).toEqual([4, 0.25, 1])
})

it('stacks constants as they are', () => {
  const { y } = run(() => ({ y: maths.stack([maths.full([], 1), maths.full([], 2)], 0) }), {})
  expect(y).toEqual([1, 2])
})
