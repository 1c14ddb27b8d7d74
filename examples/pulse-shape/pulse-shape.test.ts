// Holds the bundled files to what README.md says of them.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { evaluate } from '../../src/node/evaluate.ts'
import { readKerasModel } from '../../src/train/keras-model.ts'
import { printCsv, testPulses } from './generate.ts'
import { network } from './lutra.config.ts'

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const readme = readFileSync(pathOf('README.md'), 'utf8')
const bytes = new Uint8Array(readFileSync(pathOf('pulse-shape.h5')))
const { model, weights = {} } = await readKerasModel(bytes, 'pulse-shape.h5')

test('pulses.csv is what the generator prints', () => {
  expect(readFileSync(pathOf('pulses.csv'), 'utf8') === printCsv(testPulses())).toBe(true)
})

test('the bundled network is of the kind that the config trains', () => {
  const asked = network.layers.map(layer => [
    layer.kind,
    layer.name,
    'units' in layer ? layer.units : undefined,
  ])
  expect(model.layers.map(({ kind, name, settings }) => [kind, name, settings.units])).toEqual(asked)
  expect(readme).toContain(`${model.parameters} parameters`)
})

test('it scores what the README says', async () => {
  const { metrics } = await evaluate({
    model: pathOf('pulse-shape.h5'),
    data: [pathOf('pulses.csv')],
    labelColumn: 'label',
  })
  if (metrics.kind !== 'classes') throw new Error('the pulses have classes')
  expect(readme).toContain(`| bundled, quantised | ${(100 * metrics.accuracy).toFixed(1)} % |`)
})

test('its weights are six-bit integers of at most three signed digits', () => {
  const raw = Object.values(weights).flatMap(values => [...values].map(quantise))
  expect(raw.every(weight => weight >= -32 && weight < 32)).toBe(true)
  expect(Math.max(...raw.map(signedDigits))).toBeLessThanOrEqual(3)
})

/** quantized_bits(6,1,alpha=1) as an integer: steps of 1/16, halves to even, within its range. */
function quantise(value: number): number {
  const steps = value * 16
  const down = Math.floor(steps)
  const nearest = steps - down === 0.5 ? down + (down & 1) : Math.round(steps)
  return Math.min(31, Math.max(-32, nearest))
}

/** Nonzero digits of the canonical signed-digit form: 3n and n differ in exactly those places. */
function signedDigits(n: number): number {
  const changed = (3 * Math.abs(n)) ^ Math.abs(n)
  return changed.toString(2).replaceAll('0', '').length
}
