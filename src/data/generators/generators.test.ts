import { describe, expect, it } from 'vitest'
import { generate, generators } from './index.ts'

describe.each(generators)('$name', generator => {
  it('is the same from the same seed, and begins with a shorter set', () => {
    const long = generate(generator.name, 40, 7)
    const short = generate(generator.name, 10, 7)
    const size = short.inputs[0]!.data.length
    expect([...long.inputs[0]!.data.subarray(0, size)]).toEqual([...short.inputs[0]!.data])
    expect(generate(generator.name, 40, 7)).toEqual(long)
    expect(generate(generator.name, 40, 8)).not.toEqual(long)
  })

  it('has finite values and every class', () => {
    const { inputs, target } = generate(generator.name, generator.name === 'sessions' ? 3000 : 200, 1)
    expect(inputs[0]!.data.every(Number.isFinite)).toBe(true)
    if (target.kind !== 'classes') return
    // Thing 0 of a session means none.
    const least = generator.name === 'sessions' ? 1 : 0
    expect(new Set(target.labels).size).toBe(target.names.length - least)
  })

  it('says what settings it has', () => {
    for (const name of Object.keys(generator.settings))
      expect(() => generate(generator.name, 1, 1, { [name]: Number.NaN })).toThrow(/setting/)
  })
})

it('a data set that is not there: the nearest name', () => {
  expect(() => generate('digit', 1, 1)).toThrow(/did you mean 'digits'/i)
  expect(() => generate('digits', 1, 1, { sides: 8 })).toThrow(/did you mean 'side'/i)
})

/** Share of rows that the nearest class mean tells right: a floor for what can be learned. */
it.each([
  ['pulses', 0.6],
  ['jets', 0.5],
  ['digits', 0.5],
  ['shapes', 0.5],
  ['gestures', 0.6],
] as const)('%s can be told apart better than by chance', (name, floor) => {
  const known = generate(name, 600, 1)
  const unseen = generate(name, 300, 2)
  if (known.target.kind !== 'classes' || unseen.target.kind !== 'classes') return
  const size = known.inputs[0]!.data.length / known.count
  const scales = spreads(known.inputs[0]!.data, size)
  const means = meansOf(known.inputs[0]!.data, known.target.labels, known.target.names.length, size)
  const { labels } = unseen.target
  const right = labels.filter((label, row) => {
    const x = unseen.inputs[0]!.data.subarray(row * size, (row + 1) * size)
    const far = means.map(mean => mean.reduce((sum, m, k) => sum + ((x[k]! - m) / scales[k]!) ** 2, 0))
    return far.indexOf(Math.min(...far)) === label
  })
  expect(right.length / labels.length).toBeGreaterThan(floor)
  expect(right.length / labels.length).toBeLessThan(1)
})

function meansOf(data: Float32Array, labels: Int32Array, classes: number, size: number): number[][] {
  return Array.from({ length: classes }, (_, c) => {
    const rows = [...labels.keys()].filter(row => labels[row] === c)
    return Array.from(
      { length: size },
      (_, k) => rows.reduce((sum, row) => sum + data[row * size + k]!, 0) / rows.length,
    )
  })
}

function spreads(data: Float32Array, size: number): number[] {
  const rows = data.length / size
  return Array.from({ length: size }, (_, k) => {
    let [sum, squares] = [0, 0]
    for (let row = 0; row < rows; row++) {
      sum += data[row * size + k]!
      squares += data[row * size + k]! ** 2
    }
    return Math.sqrt(Math.max(squares / rows - (sum / rows) ** 2, 1e-9))
  })
}
