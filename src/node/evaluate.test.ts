import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { CompileError } from '../diagnostics/diagnostic.ts'
import { evaluate } from './evaluate.ts'

const folder = resolve(import.meta.dirname, '../../examples/pulse-shape')
const options = { model: `${folder}/pulse-shape.h5`, data: [`${folder}/pulses.csv`] }

it('judges the bundled network as its page says', async () => {
  for (const engine of ['fixed', 'float'] as const) {
    const { metrics } = await evaluate({
      ...options,
      labelColumn: 'label',
      classes: ['gamma', 'neutron'],
      engine,
    })
    expect(metrics.kind === 'classes' && metrics.accuracy).toBe(0.98)
    expect(metrics.kind === 'classes' && metrics.classes.map(({ rows }) => rows)).toEqual([261, 239])
  }
})

it('refuses names that do not fit, and nothing to compare with', async () => {
  const code = async (more: object) => {
    try {
      await evaluate({ ...options, ...more })
    } catch (problem) {
      return problem instanceof CompileError ? problem.diagnostics[0]!.code : String(problem)
    }
    return 'nothing'
  }
  expect(await code({})).toBe('evaluate/nothing-to-compare')
  expect(await code({ labelColumn: 'label', classes: ['one'] })).toBe('evaluate/classes')
})

it('numbers words as training did, and says where it cannot know', async () => {
  const own = await mkdtemp(join(tmpdir(), 'lutra-words-'))
  try {
    const at = (name: string) => join(own, name)
    await copyFile(options.model, at('model.h5'))
    const text = await readFile(options.data[0]!, 'utf8')
    const worded = (names: readonly string[]) =>
      text.replace(/,([01])(?=\r?(\n|$))/g, (_, label) => `,${names[Number(label)]}`)
    await writeFile(at('alphabet.csv'), worded(['gamma', 'neutron']))
    await writeFile(at('turned.csv'), worded(['photon', 'neutron']))
    const judged = async (file: string, more: object = {}) => {
      const given = { model: at('model.h5'), data: [at(file)], labelColumn: 'label', ...more }
      const { metrics, findings } = await evaluate(given)
      if (metrics.kind !== 'classes') throw new Error('these are classes')
      const names = metrics.classes.map(({ name }) => name)
      const codes = findings.map(({ code }) => code).filter(code => code.startsWith('data/class'))
      return [metrics.accuracy, names.join(), ...codes]
    }
    expect(await judged('alphabet.csv')).toEqual([0.98, 'gamma,neutron', 'data/class-order'])
    expect(await judged('turned.csv', { classes: ['photon', 'neutron'] })).toEqual([0.98, 'photon,neutron'])
    await expect(judged('turned.csv', { classes: ['a', 'b', 'c'] })).rejects.toThrow('data/class-count')
    const record = { metrics: { kind: 'classes', classes: [{ name: 'photon' }, { name: 'neutron' }] } }
    await writeFile(at('training.json'), JSON.stringify(record))
    expect(await judged('turned.csv')).toEqual([0.98, 'photon,neutron'])
    expect(await judged('turned.csv', { classes: ['neutron', 'photon'] })).toEqual([
      expect.closeTo(0.02),
      'neutron,photon',
      'data/class-order',
    ])
    expect(await judged('turned.csv', { classes: ['photon', 'neutron'] })).toEqual([0.98, 'photon,neutron'])
    await expect(judged('alphabet.csv')).rejects.toThrow(
      "the label is 'gamma'; expected one of photon, neutron",
    )
    const config = at('order.yml')
    await writeFile(config, 'classes: [photon, neutron]\n')
    await rm(at('training.json'))
    expect(await judged('turned.csv', { config })).toEqual([0.98, 'photon,neutron'])
  } finally {
    await rm(own, { recursive: true, force: true })
  }
})
