import { resolve } from 'node:path'
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
