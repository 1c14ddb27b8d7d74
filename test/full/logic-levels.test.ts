// The delay model's levels of logic against Yosys's longest topological path, for cells, layers and pipelines of layers.
// `ltp` counts the LUTs, carry blocks and wide multiplexers in a row after mapping; the model counts the same by its own
// rules (levelModel), which never should be fewer: an equality of two variables is the exception, see level-cases.ts.

import { describe, expect, it } from 'vitest'
import { findTool } from '../../src/tools/process.ts'
import { nativeYosys } from '../../src/tools/yosys/native.ts'
import { largeLevelCases, modelLevels, smallLevelCases, yosysLevels } from '../support/level-cases.ts'

const missing = findTool('yosys') === undefined ? 'no native Yosys on PATH or in LUTRA_YOSYS' : undefined
if (missing !== undefined) console.warn(`skipped: ${missing}`)

const found: { readonly model: number; readonly yosys: number }[] = []

describe.skipIf(missing !== undefined)('levels of logic, by the model and after mapping', () => {
  it.each([...smallLevelCases, ...largeLevelCases])('$name', async ({ name, netlist, above = 0 }) => {
    const model = modelLevels(netlist)
    const yosys = await yosysLevels(netlist, (await nativeYosys())!)
    console.log(`${name}: model ${model}, Yosys ${yosys}`)
    expect(yosys).toBeLessThanOrEqual(model + above)
    if (above === 0) found.push({ model, yosys })
  })

  it('go together', () => {
    const r = correlation(found.map(({ model, yosys }) => [model, yosys]))
    const excess = found.reduce((sum, { model, yosys }) => sum + model / yosys - 1, 0) / found.length
    console.log(
      `correlation ${r.toFixed(3)}, the model's levels ${(100 * excess).toFixed(1)} % above on the mean`,
    )
    expect(r).toBeGreaterThan(0.95)
  })
})

/** Pearson's. */
function correlation(pairs: readonly (readonly [number, number])[]): number {
  const mean = (k: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[k], 0) / pairs.length
  const [x, y] = [mean(0), mean(1)]
  const sum = (term: (a: number, b: number) => number) =>
    pairs.reduce((total, [a, b]) => total + term(a - x, b - y), 0)
  return sum((a, b) => a * b) / Math.sqrt(sum(a => a * a) * sum((_, b) => b * b))
}
