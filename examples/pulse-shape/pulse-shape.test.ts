// Holds the committed files of the example to the scripts that made them.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { generatePulses, printCsv, testPulses } from './generate.ts'
import { readModel, writeModel } from './keras-file.ts'
import { accuracy, layerSizes, quantizeWeight, weight } from './model.ts'

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const model = await readModel(pathOf('pulse-shape.h5'))

test('pulses.csv is what the generator prints', () => {
  expect(readFileSync(pathOf('pulses.csv'), 'utf8') === printCsv(testPulses())).toBe(true)
})

test('the stored model has the layers it says and writes back to the same bytes', async () => {
  const sizes = model.map(({ kernel, bias }) => [kernel.length / bias.length, bias.length])
  expect(sizes).toEqual(layerSizes.map(pair => [...pair]))
  expect(Buffer.from(await writeModel(model)).equals(readFileSync(pathOf('pulse-shape.h5')))).toBe(true)
})

test('the quantised network scores what the README says', () => {
  const readme = readFileSync(pathOf('README.md'), 'utf8')
  const share = accuracy(model, testPulses(), true)
  expect(readme).toContain(`| quantised network | ${(100 * share).toFixed(1)} % |`)
  expect(accuracy(model, generatePulses(5_000, 3), true)).toBeGreaterThan(0.975)
})

test('weights are six-bit integers of at most three signed digits', () => {
  const lsb = 2 ** (weight.integer + 1 - weight.bits)
  const raw = model.flatMap(({ kernel, bias }) => [...kernel, ...bias]).map(w => quantizeWeight(w) / lsb)
  expect(raw.every(w => Number.isInteger(w) && w >= -32 && w < 32)).toBe(true)
  expect(Math.max(...raw.map(signedDigits))).toBeLessThanOrEqual(3)
})

/** Nonzero digits of the canonical signed-digit form: 3n and n differ in exactly those places. */
function signedDigits(n: number): number {
  const changed = (3 * Math.abs(n)) ^ Math.abs(n)
  return changed.toString(2).replaceAll('0', '').length
}
